#!/usr/bin/python3
"""Times PyTorch on the shapes of SRKernels.Benchmarks/Ops/OpCases.cs and prints {name: milliseconds}, the shortest of many runs.

SRKERNELS_CPU_TIME=1 (with SRKERNELS_THREADS=1) counts processor time, the mean of the runs, for a machine that is not idle.
Each op runs on contiguous (NCHW) and on channels_last tensors; the faster counts. Two threads (SRKERNELS_THREADS for another number).
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE /usr/bin/python3 benchmarks/peers/ops_torch.py [FILTER]
Compare with: dotnet run -c Release --project benchmarks/SRKernels.Benchmarks -- op-timings [FILTER]
"""
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(int(os.environ.get("SRKERNELS_THREADS", "2")))
torch.set_grad_enabled(False)
SECONDS_EACH = 0.5
CPU_TIME = os.environ.get("SRKERNELS_CPU_TIME") == "1"


def best_ms(run):
    for _ in range(3):
        run()
    best, start, used = float("inf"), time.perf_counter(), time.process_time()
    runs = 0
    while runs < 5 or time.perf_counter() - start < SECONDS_EACH:
        t = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - t)
        runs += 1
    if CPU_TIME:
        best = (time.process_time() - used) / runs
    return best * 1e3


def layouts(*shape):
    x = torch.randn(*shape)
    return [x, x.contiguous(memory_format=torch.channels_last)]


def group_norm(h, w, c, silu=True, scaled=False):
    gamma, beta = torch.randn(c), torch.randn(c)
    scale, shift = torch.randn(1, c, 1, 1), torch.randn(1, c, 1, 1)
    runs = []
    for x in layouts(1, c, h, w):
        def run(x=x):
            y = F.group_norm(x, 32, gamma, beta, 1e-5)
            if scaled:
                y = y * (1 + scale) + shift
            return F.silu(y) if silu else y
        runs.append(run)
    return runs


def unary(f, *shape):
    return [lambda x=x: f(x) for x in layouts(*shape)]


def window_attention(side, shift):
    """Roll, partition, attend, reverse, roll back, on the output of the qkv layer: upstream's steps without its linear layers."""
    n, ws, heads, dim = side // 8, 8, 6, 32
    e = heads * dim
    bias = torch.randn(heads, 64, 64)
    mask = torch.zeros(n * n, 64, 64)
    if shift:
        mask[-n:, :, ::2] = -100.0
    scale = dim ** -0.5
    x = torch.randn(1, side, side, 3 * e)  # channels last, as upstream has it here

    def run():
        y = torch.roll(x, (-shift, -shift), (1, 2)) if shift else x
        y = y.view(1, n, ws, n, ws, 3 * e).permute(0, 1, 3, 2, 4, 5).reshape(n * n, 64, 3, heads, dim).permute(2, 0, 3, 1, 4)
        q, k, v = y[0] * scale, y[1], y[2]
        a = q @ k.transpose(-2, -1) + bias.unsqueeze(0)
        if shift:
            a = a + mask.unsqueeze(1)
        y = (torch.softmax(a, -1) @ v).transpose(1, 2).reshape(n * n, ws, ws, e)
        y = y.view(1, n, n, ws, ws, e).permute(0, 1, 3, 2, 4, 5).reshape(1, side, side, e)
        return torch.roll(y, (shift, shift), (1, 2)) if shift else y
    return [run]


def self_attention(h, w, c):
    q, k, v = (torch.randn(1, h * w, c) for _ in range(3))
    kt = k.transpose(1, 2).contiguous()  # contiguous [c, hw], as an NCHW convolution leaves it

    def rows():
        return torch.bmm(torch.softmax(torch.bmm(q, k.transpose(1, 2)) * c ** -0.5, 2), v)

    def columns():
        return torch.bmm(torch.softmax(torch.bmm(q, kt) * c ** -0.5, 2), v)
    return [rows, columns]


def nearest_code(side, dim, codes):
    book = torch.randn(codes, dim)
    z = torch.randn(side * side, dim)

    def run():
        d = torch.sum(z ** 2, dim=1, keepdim=True) + torch.sum(book ** 2, dim=1) - 2 * torch.einsum("bd,dn->bn", z, book.t())
        index = torch.argmin(d, dim=1)
        zq = book[index]
        return z + (zq - z)
    return [run]


def concat(h, w, ca, cb):
    return [lambda a=a, b=b: torch.cat([a, b], 1) for a, b in zip(layouts(1, ca, h, w), layouts(1, cb, h, w))]


def residual_shift(side):
    runs = []
    for a, b, c in zip(*(layouts(1, 3, side, side) for _ in range(3))):
        runs.append(lambda a=a, b=b, c=c: 0.3 * a + 0.7 * b + 0.2 * c)
    return runs


CASES = {
    "groupnorm+silu 64x64x160": lambda: group_norm(64, 64, 160),
    "groupnorm+scale+silu 64x64x160": lambda: group_norm(64, 64, 160, scaled=True),
    "groupnorm 64x64x192": lambda: group_norm(64, 64, 192, silu=False),
    "groupnorm+silu 32x32x320": lambda: group_norm(32, 32, 320),
    "groupnorm+silu 16x16x640": lambda: group_norm(16, 16, 640),
    "groupnorm+silu 8x8x640": lambda: group_norm(8, 8, 640),
    "groupnorm+silu 64x64x512": lambda: group_norm(64, 64, 512),
    "groupnorm+silu 128x128x256": lambda: group_norm(128, 128, 256),
    "groupnorm+silu 256x256x128": lambda: group_norm(256, 256, 128),
    "silu 64x64x160": lambda: unary(F.silu, 1, 160, 64, 64),
    "silu 256x256x128": lambda: unary(F.silu, 1, 128, 256, 256),
    "gelu 64x64x768": lambda: unary(F.gelu, 1, 768, 64, 64),
    "window attention 64x64 shift 4": lambda: window_attention(64, 4),
    "window attention 64x64 shift 0": lambda: window_attention(64, 0),
    "window attention 32x32 shift 4": lambda: window_attention(32, 4),
    "window attention 16x16 shift 4": lambda: window_attention(16, 4),
    "window attention 8x8 shift 0": lambda: window_attention(8, 0),
    "self attention 64x64x512": lambda: self_attention(64, 64, 512),
    "self attention 32x32x512": lambda: self_attention(32, 32, 512),
    "nearest code 64x64x3 of 8192": lambda: nearest_code(64, 3, 8192),
    "nearest code 64x64x8 of 1024": lambda: nearest_code(64, 8, 1024),
    "nearest code 128x128x3 of 8192": lambda: nearest_code(128, 3, 8192),
    "concat 64x64x(320+160)": lambda: concat(64, 64, 320, 160),
    "nearest x2 128x128x256": lambda: unary(lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), 1, 256, 128, 128),
    "bicubic x4 64x64x3": lambda: unary(lambda x: F.interpolate(x, scale_factor=4, mode="bicubic"), 1, 3, 64, 64),
    "reflect 120x100x3 to 128x128": lambda: unary(lambda x: F.pad(x, (0, 28, 0, 8), mode="reflect"), 1, 3, 120, 100),
    "crop 256x256x3 to 180x250": lambda: unary(lambda x: x[:, :, :180, :250].contiguous(), 1, 3, 256, 256),
    "residual shift 64x64x3": lambda: residual_shift(64),
    "scale 256x256x128": lambda: unary(lambda x: x / 1.7, 1, 128, 256, 256),
}


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    json.dump({name: round(min(best_ms(run) for run in make()), 4) for name, make in CASES.items() if wanted in name}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
