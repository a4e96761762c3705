#!/usr/bin/env python3
"""Writes dequantize.bin: random blocks of every supported type and their values by the `gguf` package
(pip install gguf==0.19.0 or later). Records: u32 type, u32 n, u32 bytes, the bytes, n float32; little endian."""
import os
import struct
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize

TYPES = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K,
         T.IQ4_NL, T.IQ4_XS]
# Offsets of the f16 fields of a block; random bits there would give infinities.
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q2_K: [80, 82], T.Q3_K: [108],
          T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0], T.IQ4_XS: [0]}
N = 512

rng = np.random.default_rng(1)
with open(os.path.join(os.path.dirname(sys.argv[0]), "dequantize.bin"), "wb") as out:
    for qtype in TYPES:
        elements, size = GGML_QUANT_SIZES[qtype]
        floats = rng.standard_normal(N).astype(np.float32)
        if qtype == T.F32:
            data = floats.view(np.uint8)
        elif qtype == T.F16:
            data = (floats * np.float32(10.0) ** rng.integers(-7, 4, N)).astype(np.float16).view(np.uint8)
        elif qtype == T.BF16:
            data = floats.view(np.uint16)[1::2].copy().view(np.uint8)
        else:
            blocks = rng.integers(0, 256, (N // elements, size), dtype=np.uint8)
            for at in HALVES[qtype]:
                d = (rng.standard_normal(len(blocks)) * 0.05).astype(np.float16)
                blocks[:, at:at + 2] = d.view(np.uint8).reshape(-1, 2)
            data = blocks.reshape(-1)
        values = dequantize(data, qtype).astype(np.float32).reshape(-1)
        out.write(struct.pack("<III", int(qtype), N, len(data)) + data.tobytes() + values.tobytes())
