#!/usr/bin/env python3
"""What several people at once feel, measured through running servers' APIs: Ollama's or OpenAI's.

    OLLAMA_NUM_PARALLEL=6 samovar serve --threads 2 &
    bench/streams.py samovar=ollama+http://127.0.0.1:11434/smollm2:135m other=openai+http://127.0.0.1:8080/model

Prints for each server: tokens per second of one answer and of N at once; the time between a stream's tokens, alone and
while one more person's long prompt is computed; the time to the first token of a conversation's second turn, also when
another conversation came in between, beside that of a prompt as long as the new part. Servers take turns, --repeats
times; the figures are medians. Prompts are random words, so that no answer is in any cache. A server needs a slot
more than there are streams. A server's tokens are its stream's pieces.
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


class Server:
    """NAME=ollama+URL/MODEL or NAME=openai+URL/MODEL."""

    def __init__(self, text):
        self.name, _, address = text.partition("=")
        self.kind, _, rest = address.partition("+")
        self.url, _, self.model = rest.rpartition("/")
        if self.kind not in ("ollama", "openai") or not self.model:
            raise argparse.ArgumentTypeError(f"'{text}': expected NAME=ollama+URL/MODEL or NAME=openai+URL/MODEL")

    def request(self, messages, tokens, context):
        body = {"model": self.model, "messages": messages, "stream": True}
        if self.kind == "ollama":
            path = "/api/chat"
            body["options"] = {"num_predict": tokens, "temperature": 0.8, "num_ctx": context}
        else:
            path = "/v1/chat/completions"
            body |= {"max_tokens": tokens, "temperature": 0.8}
        return urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def text_of(self, line):
        if self.kind == "openai":
            if not line.startswith(b"data: {"):
                return ""
            line = line[6:]
        event = json.loads(line)
        if "error" in event:
            raise RuntimeError(f"{self.name}: {event['error']}")
        if self.kind == "ollama":
            return event["message"]["content"]
        choices = event.get("choices") or [{}]
        return choices[0].get("delta", {}).get("content") or ""


class Stream:
    """One answer: when its tokens arrived."""

    def __init__(self, server, options, messages, tokens):
        self.server = server
        self.request = server.request(messages, tokens, options.context)
        self.times, self.text = [], ""

    def run(self):
        self.start = time.perf_counter()
        with urllib.request.urlopen(self.request, timeout=600) as reply:
            for line in reply:
                piece = self.server.text_of(line)
                if piece:
                    self.times.append(time.perf_counter())
                    self.text += piece
        self.end = time.perf_counter()
        return self

    def first_token_s(self):
        return self.times[0] - self.start

    def rate(self):
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])

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
    return {"median_ms": median * 1e3, "p99_ms": p99 * 1e3, "p99/median": p99 / median}


def measure_streams(server, options):
    single = Stream(server, options, story(), options.tokens).run().rate()
    streams = [Stream(server, options, story(), options.tokens) for _ in range(options.streams)]
    for thread in together(streams):
        thread.join()
    begin, end = max(s.times[0] for s in streams), min(s.times[-1] for s in streams)
    total = sum(1 for s in streams for t in s.times if begin < t <= end) / (end - begin)
    gaps = [gap for s in streams for gap in s.gaps(begin, end)]
    return {"one_tokens_per_s": single, "together_tokens_per_s": total, "ratio": total / single} | describe_gaps(gaps)


def measure_beside_prompt(server, options):
    streams = [Stream(server, options, story(), options.tokens) for _ in range(options.streams)]
    threads = together(streams)
    while not all(len(s.times) > 5 for s in streams):
        time.sleep(0.01)
    long = Stream(server, options, ask("Summarise: " + words(options.prompt_words)), 1).run()
    for thread in threads:
        thread.join()
    gaps = [gap for s in streams for gap in s.gaps(max(s.times[0] for s in streams))]
    inside = [gap for s in streams for gap in s.gaps(long.start, long.end)]
    return {"prompt_s": long.end - long.start,
            "gaps_in_prompt_median_ms": statistics.median(inside) * 1e3} | describe_gaps(gaps)


def measure_second_turn(server, options):
    question = "And now tell me about " + words(12)
    plain = Stream(server, options, ask(question), 8).run().first_token_s()
    turns = []
    for between in (False, True):
        messages = ask("Keep these words in mind: " + words(options.history_words))
        first = Stream(server, options, messages, 16).run()
        if between:
            Stream(server, options, ask(words(200)), 8).run()
        messages += [{"role": "assistant", "content": first.text}] + ask(question)
        turns.append(Stream(server, options, messages, 8).run().first_token_s())
    return {"new_part_alone_ms": plain * 1e3, "second_turn_ms": turns[0] * 1e3, "ratio": turns[0] / plain,
            "second_turn_after_another_ms": turns[1] * 1e3, "ratio_after_another": turns[1] / plain}


MEASURES = {"streams": measure_streams, "prompt": measure_beside_prompt, "turn": measure_second_turn}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="+", type=Server, metavar="NAME=KIND+URL/MODEL")
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=150, help="of each answer")
    parser.add_argument("--prompt-words", type=int, default=900, help="of the long prompt")
    parser.add_argument("--history-words", type=int, default=1800, help="of the conversation before its second turn")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=tuple(MEASURES))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for server in options.servers:
        Stream(server, options, story(), 4).run()  # loads the model
    for name in [options.only] if options.only else MEASURES:
        found = {server.name: [] for server in options.servers}
        for _ in range(options.repeats):
            for server in options.servers:
                found[server.name].append(MEASURES[name](server, options))
        for server, rounds in found.items():
            middle = {key: statistics.median(entry[key] for entry in rounds) for key in rounds[0]}
            if options.json:
                print(json.dumps({"server": server, name: middle}), flush=True)
            else:
                figures = ", ".join(f"{key} {value:.4g}" for key, value in middle.items())
                print(f"{server} {name}: {figures}", flush=True)


if __name__ == "__main__":
    main()
