#!/usr/bin/env python3
"""Fails when a folder under src/ uses one that it may not: a sibling of its rank, or one above.

Looks at every `#include "folder/..."` and at the DEPS of every src/*/CMakeLists.txt. Tests may also use
siblings (a tokenizer's test reads its vocabulary through gguf/), never a folder above.
"""

import re
import sys
from pathlib import Path

RANKS = {
    "base": 0,
    "platform": 1,
    "tensor": 1,
    "gguf": 2,
    "text": 2,
    "kernels": 2,
    "wire": 2,
    "http": 2,
    "ops": 3,
    "sampling": 3,
    "catalog": 3,
    "quantize": 3,
    "keys": 3,
    "model": 4,
    "registry": 4,
    "engine": 5,
    "history": 5,
    "backend": 6,
    "accounts": 6,
    "api": 7,
    "chat": 7,
    "app": 8,
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z0-9_]+)/', re.MULTILINE)
DEPS = re.compile(r"samovar_library\(\s*([a-z0-9_]+)(.*?)\)", re.DOTALL)
SOURCES = {".h", ".cc", ".inc"}


def may_use(folder: str, used: str, is_test: bool) -> bool:
    if folder == used:
        return True
    return RANKS[used] < RANKS[folder] or (is_test and RANKS[used] == RANKS[folder])


def include_problems(src: Path, path: Path) -> list[str]:
    folder = path.relative_to(src).parts[0]
    is_test = path.stem.endswith("_test") or path.stem.startswith("test_")
    text = path.read_text(encoding="utf-8")
    problems = []
    for match in INCLUDE.finditer(text):
        used = match.group(1)
        if used in RANKS and not may_use(folder, used, is_test):
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: {folder}/ (rank {RANKS[folder]}) may not include {used}/ (rank {RANKS[used]})")
    return problems


def dependency_problems(path: Path) -> list[str]:
    problems = []
    for name, arguments in DEPS.findall(path.read_text(encoding="utf-8")):
        words = arguments.split()
        deps = []
        collecting = False
        for word in words:
            if word.isupper():
                collecting = word == "DEPS"
            elif collecting:
                deps.append(word)
        for used in deps:
            if used not in RANKS:
                problems.append(f"{path}: {name} depends on {used}, which is no folder of the table")
            elif not may_use(name, used, is_test=False):
                problems.append(f"{path}: {name} (rank {RANKS[name]}) may not depend on {used} (rank {RANKS[used]})")
    return problems


def main() -> int:
    src = Path(__file__).resolve().parent.parent / "src"
    problems = []
    for folder in sorted(p for p in src.iterdir() if p.is_dir()):
        if folder.name not in RANKS:
            problems.append(f"{folder}: not in the table of tools/check_layers.py")
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix in SOURCES:
                problems += include_problems(src, path)
            elif path.name == "CMakeLists.txt":
                problems += dependency_problems(path)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
