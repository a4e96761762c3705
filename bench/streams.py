#!/usr/bin/env python3
"""What several people at once feel, measured through the Ollama API of a running server.

    OLLAMA_NUM_PARALLEL=6 samovar serve --threads 2 &
    bench/streams.py --model smollm2:135m

Prints: tokens per second of one answer and of N at once; the time between a stream's tokens, alone and while one more
person's long prompt is computed; the time to the first token of a conversation's second turn, also when another
conversation came in between, beside that of a prompt as long as the new part. Prompts are random words, so that no
answer is in any cache. The server needs a slot more than there are streams.
"""
import argparse
import json
import random
import statistics
import threading
import time
import urllib.request

WORDS = ("river stone window market garden letter mountain silver morning teacher island winter paper machine bridge "
         "yellow forest engine kitchen shadow pocket harbour season village camera doctor thunder basket ladder "
         "copper velvet orchard signal canvas meadow lantern").split()


class Stream:
    """One answer: when its tokens arrived."""

    def __init__(self, options, messages, tokens):
        self.body = {"model": options.model, "messages": messages, "stream": True,
                     "options": {"num_predict": tokens, "temperature": 0.8, "num_ctx": options.context}}
        self.url = options.url + "/api/chat"
        self.times, self.text, self.last = [], "", {}

    def run(self):
        self.start = time.perf_counter()
        request = urllib.request.Request(self.url, json.dumps(self.body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            for line in reply:
                event = json.loads(line)
                if "error" in event:
                    raise RuntimeError(event["error"])
                if event["message"]["content"]:
                    self.times.append(time.perf_counter())
                    self.text += event["message"]["content"]
                self.last = event
        self.end = time.perf_counter()
        return self

    def first_token_s(self):
        return self.times[0] - self.start

    def gaps(self, begin=0.0, end=float("inf")):
        return [b - a for a, b in zip(self.times, self.times[1:]) if a >= begin and b <= end]


def words(n):
    return " ".join(random.choice(WORDS) for _ in range(n))


def ask(text):
    return [{"role": "user", "content": text}]


def story(n_words=30):
    return ask("Write a long story with these words in it: " + words(n_words))


def together(streams):
    threads = [threading.Thread(target=stream.run) for stream in streams]
    for thread in threads:
        thread.start()
    return threads


def describe_gaps(gaps):
    gaps = sorted(gaps)
    median, p99 = statistics.median(gaps), gaps[min(len(gaps) - 1, int(len(gaps) * 0.99))]
    return {"median_ms": median * 1e3, "p99_ms": p99 * 1e3, "p99/median": p99 / median, "gaps": len(gaps)}


def measure_streams(options):
    rates = []
    for _ in range(options.repeats):
        one = Stream(options, story(), options.tokens).run()
        rates.append((len(one.times) - 1) / (one.times[-1] - one.times[0]))
    single = statistics.median(rates)
    totals, gaps = [], []
    for _ in range(options.repeats):
        streams = [Stream(options, story(), options.tokens) for _ in range(options.streams)]
        for thread in together(streams):
            thread.join()
        begin, end = max(s.times[0] for s in streams), min(s.times[-1] for s in streams)
        totals.append(sum(1 for s in streams for t in s.times if begin < t <= end) / (end - begin))
        gaps += [gap for s in streams for gap in s.gaps(begin, end)]
    total = statistics.median(totals)
    return {"one_tokens_per_s": single, "together_tokens_per_s": total, "ratio": total / single} | describe_gaps(gaps)


def measure_beside_prompt(options):
    gaps, inside = [], []
    for _ in range(options.repeats):
        streams = [Stream(options, story(), options.tokens) for _ in range(options.streams)]
        threads = together(streams)
        while not all(len(s.times) > 5 for s in streams):
            time.sleep(0.01)
        long = Stream(options, ask("Summarise: " + words(options.prompt_words)), 1).run()
        for thread in threads:
            thread.join()
        gaps += [gap for s in streams for gap in s.gaps(max(s.times[0] for s in streams))]
        inside += [gap for s in streams for gap in s.gaps(long.start, long.end)]
    return {"prompt_tokens": long.last["prompt_eval_count"], "prompt_s": long.end - long.start,
            "gaps_in_prompt_median_ms": statistics.median(inside) * 1e3} | describe_gaps(gaps)


def measure_second_turn(options):
    plain, second, after_another = [], [], []
    for _ in range(options.repeats):
        question = "And now tell me about " + words(12)
        plain.append(Stream(options, ask(question), 8).run().first_token_s())
        for results, between in ((second, False), (after_another, True)):
            messages = ask("Keep these words in mind: " + words(options.history_words))
            first = Stream(options, messages, 16).run()
            if between:
                Stream(options, ask(words(200)), 8).run()
            messages += [{"role": "assistant", "content": first.text}] + ask(question)
            results.append(Stream(options, messages, 8).run().first_token_s())
    return {"new_part_alone_ms": statistics.median(plain) * 1e3, "second_turn_ms": statistics.median(second) * 1e3,
            "second_turn_after_another_ms": statistics.median(after_another) * 1e3,
            "ratio": statistics.median(second) / statistics.median(plain),
            "ratio_after_another": statistics.median(after_another) / statistics.median(plain)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:11434")
    parser.add_argument("--model", required=True)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=150, help="of each answer")
    parser.add_argument("--prompt-words", type=int, default=900, help="of the long prompt")
    parser.add_argument("--history-words", type=int, default=1800, help="of the conversation before its second turn")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=("streams", "prompt", "turn"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measures = {"streams": measure_streams, "prompt": measure_beside_prompt, "turn": measure_second_turn}
    for name, measure in measures.items():
        if options.only not in (None, name):
            continue
        result = measure(options)
        if options.json:
            print(json.dumps({name: result}), flush=True)
        else:
            print(name + ": " + ", ".join(f"{key} {value:.4g}" for key, value in result.items()), flush=True)


if __name__ == "__main__":
    main()
