#!/usr/bin/env python3
"""Prints "PASSED FAILED SKIPPED" of one results file: JUnit XML, vitest's JSON, or node's TAP.

A file that is missing or holds no test counts as one failure: a stage that died must not look green.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count_junit(text: str) -> tuple[int, int, int]:
    root = ElementTree.fromstring(text)
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")

    def total(name: str) -> int:
        return sum(int(suite.get(name) or 0) for suite in suites)

    failed = total("failures") + total("errors")
    skipped = total("skipped") + total("disabled")
    return total("tests") - failed - skipped, failed, skipped


def count_vitest(text: str) -> tuple[int, int, int]:
    report = json.loads(text)
    failed = report["numFailedTests"]
    if not report["success"] and failed == 0:
        failed = max(1, report.get("numFailedTestSuites", 1))
    return report["numPassedTests"], failed, report["numPendingTests"] + report.get("numTodoTests", 0)


def count_tap(text: str) -> tuple[int, int, int]:
    def summary(name: str) -> int:
        found = re.findall(rf"^# {name} (\d+)$", text, re.MULTILINE)
        return int(found[-1]) if found else 0

    return summary("pass"), summary("fail") + summary("cancelled"), summary("skipped") + summary("todo")


COUNTERS = {".xml": count_junit, ".json": count_vitest, ".tap": count_tap}


def main() -> int:
    path = Path(sys.argv[1])
    try:
        counts = COUNTERS[path.suffix](path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        print(f"{path}: no results: {error}", file=sys.stderr)
        counts = (0, 1, 0)
    if sum(counts) == 0:
        print(f"{path}: no test ran", file=sys.stderr)
        counts = (0, 1, 0)
    print(*counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
