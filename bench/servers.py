#!/usr/bin/env python3
"""Speed of running servers as their users see it, side by side: Ollama's API or OpenAI's.

    bench/servers.py --users 4 --tokens 64 samovar=ollama+http://127.0.0.1:11434/smollm2:135m \\
                                           other=openai+http://127.0.0.1:8080/model

Every user sends the same question with a text of their own before it (--prompt-words), streamed. Servers take turns,
--rounds times. Prints a Markdown table of medians: time to the first token, tokens per second of one user and of all
together, and the gaps between one user's tokens (median, 99th percentile). A server's tokens are its stream's pieces.
"""
import argparse
import json
import statistics
import threading
import time
import urllib.request

WORDS = "tea water steam coal copper table evening garden letter river market winter bread light story road".split()


class Answer:
    """One user's streamed answer: when the request left and when each piece came."""

    def __init__(self):
        self.begun = time.perf_counter()
        self.pieces = []
        self.failure = None

    def gaps(self):
        return [b - a for a, b in zip(self.pieces, self.pieces[1:])]


def text_of(kind, line):
    if kind == "ollama":
        return json.loads(line).get("message", {}).get("content", "")
    if not line.startswith(b"data: {"):
        return ""
    choices = json.loads(line[6:]).get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""


def ask(server, user, args, answer):
    story = " ".join(WORDS[(i * 7 + user * 3 + i // 5) % len(WORDS)] for i in range(args.prompt_words))
    messages = [{"role": "user", "content": f"{story}\n\nGo on with this text, number {user}, for many pages."}]
    body = {"model": server["model"], "messages": messages, "stream": True}
    if server["kind"] == "ollama":
        path, body["options"] = "/api/chat", {"num_predict": args.tokens, "temperature": 0.8, "seed": user}
    else:
        path = "/v1/chat/completions"
        body.update(max_tokens=args.tokens, temperature=0.8, seed=user)
    request = urllib.request.Request(server["url"] + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    answer.begun = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=600) as reply:
            for line in reply:
                if text_of(server["kind"], line):
                    answer.pieces.append(time.perf_counter())
    except OSError as error:
        answer.failure = error


def measure(server, args):
    answers = [Answer() for _ in range(args.users)]
    threads = [threading.Thread(target=ask, args=(server, user, args, answer)) for user, answer in enumerate(answers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    for answer in answers:
        if answer.failure or len(answer.pieces) < 2:
            raise SystemExit(f"{server['name']}: {answer.failure or 'the answer had fewer than two pieces'}")
    gaps = sorted(gap for answer in answers for gap in answer.gaps())
    return {"first": statistics.median(answer.pieces[0] - answer.begun for answer in answers),
            "one": statistics.median((len(a.pieces) - 1) / (a.pieces[-1] - a.pieces[0]) for a in answers),
            "all": sum(len(answer.pieces) for answer in answers) / took,
            "gap": statistics.median(gaps), "gap99": gaps[int(len(gaps) * 0.99)]}


def parse_server(text):
    name, _, address = text.partition("=")
    kind, _, rest = address.partition("+")
    url, _, model = rest.rpartition("/")
    if kind not in ("ollama", "openai") or not model:
        raise SystemExit(f"'{text}': expected NAME=ollama+URL/MODEL or NAME=openai+URL/MODEL")
    return {"name": name, "kind": kind, "url": url, "model": model}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="+", type=parse_server)
    parser.add_argument("--users", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--prompt-words", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    found = {server["name"]: [] for server in args.servers}
    for server in args.servers:
        measure(server, args)  # loads the model
    for _ in range(args.rounds):
        for server in args.servers:
            found[server["name"]].append(measure(server, args))
    print(f"{args.users} user(s), {args.tokens} tokens each, {args.rounds} rounds in turn\n")
    print("| server | first token, s | one user, tokens/s | all, tokens/s | gap, ms | 99 % of gaps below, ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, rounds in found.items():
        mid = {key: statistics.median(entry[key] for entry in rounds) for key in rounds[0]}
        print(f"| {name} | {mid['first']:.2f} | {mid['one']:.1f} | {mid['all']:.1f} | {mid['gap'] * 1000:.0f} | {mid['gap99'] * 1000:.0f} |")


if __name__ == "__main__":
    main()
