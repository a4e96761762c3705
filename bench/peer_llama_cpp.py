#!/usr/bin/env python3
"""Measures llama.cpp through llama-cpp-python (pip install llama-cpp-python==0.3.36), the way `samovar bench` does.

    peer_llama_cpp.py MODEL.gguf -p 512 -n 64 -t 2      # prints one JSON object

Prefill: -p tokens in one batch. Decode: -n tokens one by one, from an empty context; with --conversations that many
at once, as its server batches them (tokens/s of all together). Both once; the caller repeats.
"""
import argparse
import json
import time

import llama_cpp as lib


def decode(context, tokens):
    array = (lib.llama_token * len(tokens))(*tokens)
    if lib.llama_decode(context, lib.llama_batch_get_one(array, len(tokens))) != 0:
        raise SystemExit("llama_decode failed")
    lib.llama_get_logits(context)  # waits until they are there


def decode_together(context, args, tokens):
    """-n tokens of each conversation; each has its own tokens and its own --depth tokens before them."""
    batch = lib.llama_batch_init(args.conversations, 0, 1)
    batch.n_tokens = args.conversations
    for step in range(args.n):
        for i in range(args.conversations):
            batch.token[i] = tokens[(args.depth + step + 7 * i) % len(tokens)]
            batch.pos[i] = args.depth + step
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = i
            batch.logits[i] = 1
        if lib.llama_decode(context, batch) != 0:
            raise SystemExit("llama_decode failed")
        lib.llama_get_logits(context)
    lib.llama_batch_free(batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=64)
    parser.add_argument("-t", type=int, default=1)
    parser.add_argument("--depth", type=int, default=0, help="tokens in the context before both")
    parser.add_argument("--conversations", type=int, default=1, help="decoded at once")
    args = parser.parse_args()

    @lib.llama_log_callback
    def quiet(_level, _text, _data):
        pass

    lib.llama_log_set(quiet, None)
    lib.llama_backend_init()
    model = lib.llama_model_load_from_file(args.model.encode(), lib.llama_model_default_params())
    params = lib.llama_context_default_params()
    params.n_ctx = args.conversations * (args.depth + max(args.p, args.n) + 64)
    params.n_seq_max = args.conversations
    params.kv_unified = True
    params.n_batch = params.n_ubatch = 512
    params.n_threads = params.n_threads_batch = args.t
    context = lib.llama_init_from_model(model, params)
    n_vocab = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model))
    tokens = [(i * 2654435761 + 12345) % 2**32 % n_vocab for i in range(args.depth + max(args.p, args.n))]
    memory = lib.llama_get_memory(context)

    decode(context, tokens[:32])  # warms up
    lib.llama_memory_clear(memory, True)
    for done in range(0, args.depth, 512):
        decode(context, tokens[done:min(args.depth, done + 512)])
    begin = time.perf_counter()
    for done in range(0, args.p, 512):
        decode(context, tokens[args.depth + done:args.depth + min(args.p, done + 512)])
    prefill = args.p / (time.perf_counter() - begin)
    lib.llama_memory_seq_rm(memory, -1, args.depth, -1)
    begin = time.perf_counter()
    if args.conversations > 1:
        for i in range(1, args.conversations):
            lib.llama_memory_seq_cp(memory, 0, i, -1, -1)
        begin = time.perf_counter()
        decode_together(context, args, tokens)
    else:
        for token in tokens[args.depth:args.depth + args.n]:
            decode(context, [token])
    seconds = time.perf_counter() - begin
    print(json.dumps({"prefill_tokens_per_s": prefill, "decode_tokens_per_s": args.conversations * args.n / seconds}))


if __name__ == "__main__":
    main()
