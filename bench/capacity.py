#!/usr/bin/env python3
"""How many people a number of servers can serve, computed from the measured figures of docs/performance.md.

  bench/capacity.py            prints the tables of docs/scaling.md
  bench/capacity.py --check    fails when docs/scaling.md has other ones
"""
import argparse
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What people do, as docs/scaling.md says it.
ANSWER_TOKENS = 250      # about 190 words
NEW_PROMPT_TOKENS = 60   # a question behind what is in the cache already
PAUSE_S = 120            # between one question of somebody and the next
BUSY = 0.6               # of the time: beyond it the line grows faster than people like
AT_ONCE = 0.1            # of all who have an account, at the busiest hour
READING = 5              # tokens a second that somebody reads
CONTEXT = 4096
CORES = 2                # of a server: what was measured


@dataclass(frozen=True)
class Model:
    name: str
    row: str             # its first column in docs/performance.md
    gain: str            # the row that says what four answers at once give, of one
    weights_mb: int
    kv_bytes: int        # of one token: layers × KV heads × width of a head × 2 (K and V) × 2 bytes


MODELS = (
    Model("SmolLM2-135M", "SmolLM2-135M Q4_1", "the same", 98, 30 * 3 * 64 * 4),
    Model("Gemma-2-2B", "Gemma-2-2B shape Q4_0", "the same, Gemma-2-2B shape", 1630, 26 * 4 * 256 * 4),
)


def measured(text, row, what):
    """Tokens a second with two threads."""
    found = re.search(rf"^\| {re.escape(row)} \| {CORES} \| {what} \| ([\d.]+) ", text, re.M)
    if not found:
        sys.exit(f"docs/performance.md has no row '{row} | {CORES} | {what}'")
    return float(found[1])


def gain_of_four(text, row):
    found = re.search(rf"^\| {re.escape(row)} \| {CORES} \| [\d.]+ \(.*?\) of [\d.]+ \(.*?\): ([\d.]+) ", text, re.M)
    if not found:
        sys.exit(f"docs/performance.md has no row '{row} | {CORES}' with what four at once give")
    return float(found[1])


def megabytes(n):
    return f"{n / 1e6:.0f} MB"


def conversation_bytes(model, quantized):
    """One conversation that fills its context; q8_0 keeps 34 bytes of 64."""
    return model.kv_bytes * CONTEXT * (34 / 64 if quantized else 1)


def active_people(model, text):
    """Who ask at one time, on one server of CORES cores, and the speed of one of four streams."""
    rate = measured(text, model.row, "decode") * gain_of_four(text, model.gain)
    seconds = NEW_PROMPT_TOKENS / measured(text, model.row, "prefill") + ANSWER_TOKENS / rate
    return BUSY * PAUSE_S / seconds, rate / 4


def per_server_table(text):
    lines = ["| model | tokens/s of 4 answers at once | each of them | active people a server | a core | people in all a server | memory: model | + a conversation, f16 | q8_0 |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for model in MODELS:
        active, each = active_people(model, text)
        lines.append(f"| {model.name} | {4 * each:.0f} | {each:.1f} | {active:.0f} | {active / CORES:.1f} | {active / AT_ONCE:.0f} | {model.weights_mb} MB | {megabytes(conversation_bytes(model, False))} | {megabytes(conversation_bytes(model, True))} |")
        assert each >= READING, f"{model.name}: {each:.1f} tokens/s is slower than people read"
    return lines


def servers_table(text):
    lines = ["| people in all | active at once | " + " | ".join(f"servers with {m.name}" for m in MODELS) + " |", "| --- | --- |" + " --- |" * len(MODELS)]
    for people in (20, 50, 100, 300, 1000):
        active = people * AT_ONCE
        counts = [math.ceil(active / active_people(model, text)[0]) for model in MODELS]
        lines.append(f"| {people} | {active:.0f} | " + " | ".join(map(str, counts)) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    text = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    tables = ["\n".join(per_server_table(text)), "\n".join(servers_table(text))]
    if not check:
        print("\n\n".join(tables))
        return
    page = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    for table in tables:
        if table not in page:
            sys.exit("docs/scaling.md does not have what bench/capacity.py computes from docs/performance.md:\n" + table)


if __name__ == "__main__":
    main()
