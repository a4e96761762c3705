#!/usr/bin/env python3
"""Writes tiny-llama.gguf, a random model of 2 layers for unit tests of the engine (pip install gguf numpy).

Byte-level vocabulary: three control tokens, the 256 bytes, some merges; a ChatML template.
"""
import os

import gguf
import numpy as np

D, FF, HEADS, KV, HEAD_DIM, LAYERS, CTX = 64, 128, 4, 2, 16, 2, 256
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
            "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def byte_letters():
    """GPT-2's table: a printable character for every byte."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, extra = {b: chr(b) for b in keep}, 0
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + extra)
            extra += 1
    return [letters[b] for b in range(256)]


def main():
    letters = byte_letters()
    merges = ["h e", "l l", "he ll", "hell o", "Ġ t", "Ġt h", "Ġth e"]
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *letters, *(m.replace(" ", "") for m in merges)]
    kinds = [3, 3, 3] + [1] * (len(tokens) - 3)
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny-llama.gguf")
    w = gguf.GGUFWriter(out, "llama")
    w.add_name("tiny random llama")
    w.add_context_length(CTX)
    w.add_embedding_length(D)
    w.add_block_count(LAYERS)
    w.add_feed_forward_length(FF)
    w.add_head_count(HEADS)
    w.add_head_count_kv(KV)
    w.add_rope_dimension_count(HEAD_DIM)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_file_type(1)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges(merges)
    w.add_bos_token_id(0)
    w.add_eos_token_id(2)
    w.add_add_bos_token(False)
    w.add_chat_template(TEMPLATE)
    rng = np.random.default_rng(3)

    def mat(name, rows, cols, gain=1.0):
        w.add_tensor(name + ".weight", (rng.standard_normal((rows, cols)) * gain / np.sqrt(cols)).astype(np.float16))

    def vec(name, n):
        w.add_tensor(name + ".weight", np.ones(n, dtype=np.float32))

    mat("token_embd", len(tokens), D, 4.0)
    vec("output_norm", D)
    for i in range(LAYERS):
        p = f"blk.{i}."
        vec(p + "attn_norm", D)
        mat(p + "attn_q", HEADS * HEAD_DIM, D)
        mat(p + "attn_k", KV * HEAD_DIM, D)
        mat(p + "attn_v", KV * HEAD_DIM, D)
        mat(p + "attn_output", D, HEADS * HEAD_DIM)
        vec(p + "ffn_norm", D)
        mat(p + "ffn_gate", FF, D)
        mat(p + "ffn_up", FF, D)
        mat(p + "ffn_down", D, FF)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file(progress=False)
    w.close()


if __name__ == "__main__":
    main()
