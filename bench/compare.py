#!/usr/bin/env python3
"""Prefill and decode speed of samovar beside llama.cpp's: same machine, same file, same threads, runs in turn.

    python3 -m venv peer && peer/bin/pip install llama-cpp-python==0.3.36     # builds llama.cpp for this CPU
    bench/compare.py --samovar build/release/samovar --peer-python peer/bin/python --rounds 5 -t 1,2 MODEL.gguf...

Prints a Markdown table: medians, spread (lowest to highest), ratio of the medians, and the memory's read speed
measured in the same run. Decode cannot be faster than that speed divided by the bytes of the file.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def samovar_once(args, model, threads):
    found = run([args.samovar, "bench", model, "-p", str(args.p), "-n", str(args.n), "-t", str(threads), "--repeats", "1", "--json"])[0]
    return {key: value["median"] if isinstance(value, dict) else value for key, value in found.items()}


def peer_once(args, model, threads):
    return run([args.peer_python, os.path.join(HERE, "peer_llama_cpp.py"), model, "-p", str(args.p), "-n", str(args.n), "-t", str(threads)])


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(": ", 1)[1].strip()
    return "unknown CPU"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--samovar", required=True)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=64)
    parser.add_argument("-t", default="1,2", help="thread counts")
    args = parser.parse_args()
    print(f"{cpu_name()}, {os.cpu_count()} cores; {args.rounds} rounds in turn; prefill of {args.p}, decode of {args.n} tokens\n")
    print("| model | threads | what | samovar, tokens/s | llama.cpp, tokens/s | ratio | memory limit |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for model in args.models:
        for threads in (int(part) for part in args.t.split(",")):
            ours, theirs = [], []
            for round_ in range(args.rounds):
                ours.append(samovar_once(args, model, threads))
                theirs.append(peer_once(args, model, threads))
                print(f"round {round_ + 1} of {args.rounds}: {ours[-1]} {theirs[-1]}", file=sys.stderr, flush=True)
            memory = max(entry["memory_read_gb_per_s"] for entry in ours)
            limit = memory * 1e9 / os.path.getsize(model)
            for what in ("prefill", "decode"):
                a = [entry[what + "_tokens_per_s"] for entry in ours]
                b = [entry[what + "_tokens_per_s"] for entry in theirs]
                bound = f"{limit:.1f} tokens/s ({memory:.1f} GB/s)" if what == "decode" else ""
                print(f"| {os.path.basename(model)} | {threads} | {what} | {spread(a)} | {spread(b)} | "
                      f"{statistics.median(a) / statistics.median(b):.2f} | {bound} |", flush=True)


if __name__ == "__main__":
    main()
