#!/usr/bin/env python3
"""Prefill and decode speed of samovar beside llama.cpp's: same machine, same file, same threads, runs in turn.

    python3 -m venv peer && peer/bin/pip install llama-cpp-python==0.3.36     # builds llama.cpp for this CPU
    bench/compare.py --samovar build/release/samovar --peer-python peer/bin/python --rounds 5 -t 1,2 MODEL.gguf...

    --depth 4000            with that many tokens in the context already
    --conversations 4       that many decoded at once: tokens/s of all together
    --top-k 1               samovar: logits a sampler would look at (40; 0: all); fewer need less of a split head
    --neighbours 1          beside that many busy processes
    --cpus 1                inside a cgroup limited to so much CPU (needs root), as in `docker run --cpus 1`
    --llama-bench PROGRAM   also the llama-bench of another build or fork, e.g. ik_llama.cpp's
    --svg FILE, --png FILE  a plot of the medians (needs matplotlib)

Prints a Markdown table: medians, spread (lowest to highest), ratio of the medians, and the memory's read speed
measured in the same run. Decode cannot be faster than that speed divided by the bytes of the file.
bench/streams.py measures running servers instead.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

import conditions

HERE = os.path.dirname(os.path.abspath(__file__))


def run(args, command):
    command = conditions.prefix_of(args.cgroup) + command
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def samovar_once(args, model, threads):
    found = run(args, [args.samovar, "bench", model, "-p", str(args.p), "-n", str(args.n), "-t", str(threads),
                       "--depth", str(args.depth), "--conversations", str(args.conversations), "--top-k", str(args.top_k),
                       "--repeats", "1", "--json"])[0]
    return {key: value["median"] if isinstance(value, dict) else value for key, value in found.items()}


def llama_cpp_once(args, model, threads):
    return run(args, [args.peer_python, os.path.join(HERE, "peer_llama_cpp.py"), model, "-p", str(args.p), "-n", str(args.n),
                      "-t", str(threads), "--depth", str(args.depth), "--conversations", str(args.conversations)])


def llama_bench_once(args, model, threads):
    command = [args.llama_bench, "-m", model, "-t", str(threads), "-r", "1", "-o", "json"] + args.llama_bench_flags.split()
    if args.depth:
        command += ["-p", "0", "-n", "0", "-gp", f"{args.depth},{args.n}"]
    else:
        command += ["-p", str(args.p), "-n", str(args.n)]
    found = {}
    for row in run(args, command):
        found["decode_tokens_per_s" if row["n_gen"] else "prefill_tokens_per_s"] = row["avg_ts"]
    return found


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(": ", 1)[1].strip()
    return "unknown CPU"


def measure(args, programs, model, threads):
    """[program] -> list of one dict per round; the programs take turns."""
    results = {name: [] for name in programs}
    for round_ in range(args.rounds):
        for name, once in programs.items():
            results[name].append(once(args, model, threads))
        print(f"{os.path.basename(model)}, {threads} threads, round {round_ + 1} of {args.rounds}: "
              f"{ {name: rows[-1] for name, rows in results.items()} }", file=sys.stderr, flush=True)
    return results


def print_rows(model, threads, results):
    memory = max(entry["memory_read_gb_per_s"] for entry in results["samovar"])
    limit = memory * 1e9 / os.path.getsize(model)
    medians = []
    for what in ("prefill", "decode"):
        values = {name: [row[what + "_tokens_per_s"] for row in rows if what + "_tokens_per_s" in row] for name, rows in results.items()}
        ours = statistics.median(values["samovar"])
        cells = [os.path.basename(model), str(threads), what, spread(values["samovar"])]
        for name in list(values)[1:]:
            cells += [spread(values[name]), f"{ours / statistics.median(values[name]):.2f}"] if values[name] else ["", ""]
        cells.append(f"{limit:.1f} tokens/s ({memory:.1f} GB/s)" if what == "decode" else "")
        print("| " + " | ".join(cells) + " |", flush=True)
        medians.append((f"{os.path.basename(model)}\n{what}, {threads} thread{'s' if threads > 1 else ''}",
                        {name: statistics.median(found) for name, found in values.items() if found}))
    return medians


def plot(medians, names, paths):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(9, 0.9 + 0.75 * len(medians)), layout="constrained")
    height = 0.8 / len(names)
    for i, name in enumerate(names):
        values = [row[1].get(name, 0.0) / row[1]["samovar"] for row in medians]
        bars = axes.barh([y + i * height for y in range(len(medians))], values, height, label=name)
        axes.bar_label(bars, [f"{row[1].get(name, 0.0):.1f}" for row in medians], padding=3, fontsize=8)
    axes.set_yticks([y + 0.4 - height / 2 for y in range(len(medians))], [row[0] for row in medians], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("speed beside samovar's; figures are tokens per second")
    axes.set_title(f"{cpu_name()}, {os.cpu_count()} cores", fontsize=10)
    axes.legend(loc="lower right")
    for path in paths:
        figure.savefig(path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--samovar", required=True)
    parser.add_argument("--peer-python", help="a Python that has llama-cpp-python")
    parser.add_argument("--llama-bench", help="a llama-bench program")
    parser.add_argument("--llama-bench-flags", default="")
    parser.add_argument("--llama-bench-name", default="llama-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=64)
    parser.add_argument("-t", default="1,2", help="thread counts")
    parser.add_argument("--depth", type=int, default=0)
    parser.add_argument("--conversations", type=int, default=1)
    parser.add_argument("--top-k", type=int, default=40)
    parser.add_argument("--neighbours", type=int, default=0)
    parser.add_argument("--cpus", type=float, default=0.0)
    parser.add_argument("--svg")
    parser.add_argument("--png")
    return parser.parse_args()


def main():
    args = parse()
    programs = {"samovar": samovar_once}
    if args.peer_python:
        programs["llama.cpp"] = llama_cpp_once
    if args.llama_bench:
        programs[args.llama_bench_name] = llama_bench_once
    conditions_text = "".join([f", {args.conversations} conversations at once" if args.conversations > 1 else "",
                               f", best {args.top_k} logits" if args.top_k != 40 else "",
                               f", {args.depth} tokens in the context" if args.depth else "",
                               f", beside {args.neighbours} busy process(es)" if args.neighbours else "",
                               f", limited to {args.cpus:g} CPU" if args.cpus else ""])
    print(f"{cpu_name()}, {os.cpu_count()} cores{conditions_text}; {args.rounds} rounds in turn; prefill of {args.p}, decode of {args.n} tokens\n")
    others = "".join(f"{name} | ratio | " for name in list(programs)[1:])
    print(f"| model | threads | what | samovar, tokens/s | {others}memory limit |")
    print("|" + " --- |" * (5 + 2 * (len(programs) - 1)), flush=True)
    medians = []
    with conditions.busy_neighbours(args.neighbours), conditions.cpu_limit(args.cpus) as args.cgroup:
        for model in args.models:
            for threads in (int(part) for part in args.t.split(",")):
                medians += print_rows(model, threads, measure(args, programs, model, threads))
    if args.svg or args.png:
        plot(medians, list(programs), [path for path in (args.svg, args.png) if path])


if __name__ == "__main__":
    main()
