#!/usr/bin/env python3
"""Fails on files and functions that are too long to be read.

File: 600 lines (kernels 800; *_tables.cc and generated data exempt). Function: 70 lines (kernels, and a
model's forward pass, 120). A light brace parser finds the functions of C++; other languages are
checked by file only.
"""

import re
import sys
from pathlib import Path

MAX_FILE = 600
MAX_KERNEL_FILE = 800
MAX_FUNCTION = 70
MAX_LONG_FUNCTION = 120
CPP = {".h", ".cc", ".inc"}
OTHER = {".py", ".ts", ".svelte", ".js", ".mjs", ".sh", ".css", ".cmake"}
SKIPPED = {"build", "node_modules", "dist", ".git", ".cache", "data"}

TYPE_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NAME = re.compile(r"([A-Za-z_~][A-Za-z0-9_:~]*|operator\s*[^\s(]+)\s*\(")
BEFORE_BODY = re.compile(r"(\)|\bconst|\bnoexcept|\boverride|\bfinal|\bmutable|\btry|\}|&)$")


def blank(text: str) -> str:
    """The same text with comments, literals and preprocessor lines replaced by spaces."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text)  # digit separators are no quotes
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n]){1,8}\'|^[ \t]*#(?:\\\n|[^\n])*',
        re.DOTALL | re.MULTILINE,
    )
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def opens_function(head: str) -> bool:
    head = head.strip()
    if "(" not in head:
        return False
    if TYPE_SCOPE.search(head.split("(")[0]) and not head.rstrip().endswith(")"):
        return False
    if BEFORE_BODY.search(head):
        return True
    return "->" in head.rsplit(")", 1)[-1]


def functions(text: str):
    """Yields (name, first line, last line) of the function bodies at namespace or class level."""
    text = blank(text)
    scopes = []  # "type", "init" or ("function", name, line) for every open brace
    head = ""
    head_line = line = 1
    for char in text:
        if char == "\n":
            line += 1
        inside = any(isinstance(s, tuple) for s in scopes)
        if char == "{":
            if inside:
                scopes.append("block")
            elif opens_function(head):
                name = NAME.search(head)
                scopes.append(("function", name.group(1) if name else "?", head_line))
            elif TYPE_SCOPE.search(head):
                scopes.append("type")
                head = ""
            else:
                scopes.append("init")
        elif char == "}":
            scope = scopes.pop() if scopes else "type"
            if isinstance(scope, tuple):
                yield scope[1], scope[2], line
                head = ""
            elif scope == "init":
                head += "}"
            elif scope == "type":
                head = ""
        elif not inside:
            if char == ";" and "init" not in scopes and head.count("(") == head.count(")"):
                head = ""
            else:
                if not head.strip():
                    head, head_line = "", line
                head += char


def is_kernel(path: Path) -> bool:
    return "kernels" in path.parts


def check(path: Path, shown: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.stem.endswith("_tables"):
        return []
    problems = []
    n_lines = text.count("\n")
    limit = MAX_KERNEL_FILE if is_kernel(shown) else MAX_FILE
    if n_lines > limit:
        problems.append(f"{shown}: {n_lines} lines, more than {limit}")
    if path.suffix in CPP:
        for name, first, last in functions(text):
            limit = MAX_LONG_FUNCTION if is_kernel(shown) or "forward" in name else MAX_FUNCTION
            if last - first + 1 > limit:
                problems.append(f"{shown}:{first}: {name} has {last - first + 1} lines, more than {limit}")
    return problems


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    if "--list" in sys.argv:
        for path in sorted((root / "src").rglob("*")):
            if path.suffix in CPP:
                for name, first, last in functions(path.read_text(encoding="utf-8")):
                    print(f"{last - first + 1:4} {path.relative_to(root)}:{first} {name}")
        return 0
    problems = []
    for top in ("src", "web", "tools", "tests", "bench", "cmake", "fuzz"):
        for path in sorted((root / top).rglob("*")):
            shown = path.relative_to(root)
            if path.suffix in CPP | OTHER and path.is_file() and not SKIPPED.intersection(shown.parts):
                problems += check(path, shown)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
