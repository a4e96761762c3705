#!/usr/bin/env python3
"""Fails when a document, or a comment in the sources, names a path of this repository that is not there,
or a proof a test that is not there."""

import re
import sys
from pathlib import Path

TOPS = ("src", "docs", "tools", "tests", "web", "bench", "cmake", "fuzz", "deploy", ".ci")
MADE = ("web/dist", "web/node_modules", "build/")  # made by a build
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMENT_DOC = re.compile(r"\bdocs/[A-Za-z0-9_./-]+\.md\b")


def exists(root: Path, word: str) -> bool:
    if "*" in word:
        return any(True for _ in root.glob(word))
    options = re.match(r"^(.*)\{([^}]*)\}(.*)$", word)
    if options:
        before, middle, after = options.groups()
        return all(exists(root, before + part + after) for part in middle.split(","))
    return (root / word).exists()


def is_path_here(word: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9_.\-/*{},]+", word) or word.startswith(MADE):
        return False
    return word.split("/")[0] in TOPS and "/" in word


def document_problems(root: Path, path: Path) -> list[str]:
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.relative_to(root)}:{number}"
        for code in CODE.findall(line):
            for word in code.split():
                word = word.removeprefix("./").rstrip(",;:.")
                if is_path_here(word) and not exists(root, word.rstrip("/")):
                    problems.append(f"{where}: no such path: {word}")
        for target in LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                problems.append(f"{where}: the link leads nowhere: {target}")
    return problems


def proof_problems(root: Path) -> list[str]:
    """Tests that docs/*-proof.md name and that are not there."""
    names = set()
    for path in (root / "src").rglob("*_test.cc"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(encoding="utf-8"), re.MULTILINE):
            names |= {suite, f"{suite}.{name}"}
    for path in (root / "tests").rglob("test_*.py"):
        names |= set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))
    problems = []
    for path in sorted((root / "docs").glob("*-proof.md")):
        for word in re.findall(r"`([A-Z]\w+\.[A-Z]\w+|test_\w+)`", path.read_text(encoding="utf-8")):
            if word not in names and word != "test_":
                problems.append(f"{path.relative_to(root)}: no such test: {word}")
    return problems


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    problems = proof_problems(root)
    for path in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("tests/**/*.md"), *root.glob("bench/**/*.md")]):
        if "node_modules" not in path.parts:
            problems += document_problems(root, path)
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in {".h", ".cc", ".inc"}:
            for name in COMMENT_DOC.findall(path.read_text(encoding="utf-8")):
                if not (root / name).exists():
                    problems.append(f"{path.relative_to(root)}: names {name}, which is not there")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
