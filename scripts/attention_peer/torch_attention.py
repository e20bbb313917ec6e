"""PyTorch, for compare.mjs: reads lines of "LENGTH MASK", computes attention of 12 heads of 64 from plain tensor
operations (or by its fused function where the version has one) and writes JSON: {"seconds": median of a call}."""
import json
import math
import sys
import time

import torch

torch.set_num_threads(1)
HEADS, HEAD_DIM = 12, 64


def attend(query, key, value, bias):
    if hasattr(torch.nn.functional, "scaled_dot_product_attention"):
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    scores = (query / math.sqrt(HEAD_DIM)) @ key.transpose(-1, -2)
    return torch.softmax(scores if bias is None else scores + bias, -1) @ value


def measure(length, mask, at_least):
    query, key, value = (torch.rand(1, HEADS, length, HEAD_DIM) * 2 - 1 for _ in range(3))
    bias = None
    if mask == "padding":
        bias = torch.zeros(1, 1, 1, length)
        bias[..., math.ceil(3 * length / 4):] = -math.inf
    attend(query, key, value, bias)
    times = []
    while sum(times) < at_least or len(times) < 3:
        begin = time.perf_counter()
        attend(query, key, value, bias)
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


with torch.inference_mode():
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        length, mask = line.split()
        print(json.dumps({"seconds": measure(int(length), mask, float(sys.argv[1]))}), flush=True)
