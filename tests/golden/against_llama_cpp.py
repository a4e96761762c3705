#!/usr/bin/env python3
"""Compare reference.py with llama.cpp on the tiny models, when an architecture is added (not part of ./test).

    pip install gguf numpy llama-cpp-python
    against_llama_cpp.py SMOLLM2.gguf GEMMA3.gguf [SHAPE...]

Prints the mean Kullback-Leibler distance of every shape. 1e-6 is llama.cpp's rounding to F16; a wrong graph is at 0.1
or more. Shapes with metadata as Ollama writes it, and OLMo 3's name, llama.cpp does not load.
"""
import sys
import tempfile

import numpy as np
import llama_cpp as api

import make_gguf
import reference

VOCAB, TOKENS = 2048, 150


def logits_of(path, ids):
    """llama.cpp's logits after every token, without flash attention and with floats in the cache; None: not loaded."""
    model = api.llama_model_load_from_file(path.encode(), api.llama_model_default_params())
    if not model:
        return None
    params = api.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = 512, 512, 512
    params.type_k = params.type_v = params.flash_attn_type = 0
    context = api.llama_init_from_model(model, params)
    batch = api.llama_batch_init(len(ids), 0, 1)
    for i, token in enumerate(ids):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, 1
        batch.seq_id[i][0] = 0
    batch.n_tokens = len(ids)
    assert api.llama_decode(context, batch) == 0
    return np.ctypeslib.as_array(api.llama_get_logits(context), shape=(len(ids), VOCAB)).copy()


def log_softmax(rows):
    rows = rows.astype(np.float64) - rows.max(-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(-1, keepdims=True))


def main():
    smollm2, gemma3, *names = sys.argv[1:]
    api.llama_backend_init()
    with tempfile.TemporaryDirectory() as folder:
        for name in names or [name for name in make_gguf.SHAPES if name.startswith("tiny-")]:
            path = f"{folder}/{name}.gguf"
            make_gguf.write_model(name, path, gemma3 if "gemma" in name else smollm2, VOCAB)
            ids = [int(token) for token in np.random.default_rng(7).integers(3, VOCAB - 2, TOKENS)]
            theirs = logits_of(path, ids)
            if theirs is None:
                print(f"{name}: llama.cpp does not load it")
                continue
            p, q = log_softmax(reference.forward(reference.Model(path), ids)), log_softmax(theirs)
            print(f"{name}: mean KL {(np.exp(p) * (p - q)).sum(-1).mean():.1e}")


if __name__ == "__main__":
    main()
