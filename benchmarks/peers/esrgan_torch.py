#!/usr/bin/python3
"""PyTorch beside SRKernels on the networks of the ESRGAN family, with definitions of our own.

    esrgan_torch.py check GOLDENS                                holds the definitions against the goldens; without that no time counts
    esrgan_torch.py make FOLDER                                  writes RealESRGAN_x4plus's and realesr-general-x4v3's networks with drawn weights
    esrgan_torch.py time MODEL SIDE ROUNDS THREADS [OTHER_OUTPUT] the shortest time and processor time of `network MODEL SIDE ROUNDS THREADS [OUTPUT]`'s
                                                                 work, and how far its output is from ours
Each network runs on contiguous (NCHW) and on channels_last tensors; the faster counts. Start it without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE."""
import json
import os
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_grad_enabled(False)
MOST_NMSE = 1e-10


def conv(a, b):
    return nn.Conv2d(a, b, 3, padding=1)


class Dense(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        for i in range(5):
            setattr(self, f"conv{i + 1}", conv(features + i * growth, growth if i < 4 else features))

    def forward(self, x):
        seen = [x]
        for i in range(4):
            seen.append(F.leaky_relu_(getattr(self, f"conv{i + 1}")(torch.cat(seen, 1)), 0.2))
        return torch.add(x, self.conv5(torch.cat(seen, 1)), alpha=0.2)


class Block(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (Dense(features, growth) for _ in range(3))

    def forward(self, x):
        return torch.add(x, self.rdb3(self.rdb2(self.rdb1(x))), alpha=0.2)


class Rrdb(nn.Module):
    """BasicSR's names; two doublings."""

    def __init__(self, features, growth, blocks, unshuffle):
        super().__init__()
        self.unshuffle = unshuffle
        self.conv_first = conv(3 * unshuffle ** 2, features)
        self.body = nn.Sequential(*(Block(features, growth) for _ in range(blocks)))
        self.conv_body, self.conv_up1, self.conv_up2, self.conv_hr = (conv(features, features) for _ in range(4))
        self.conv_last = conv(features, 3)

    def forward(self, x):
        f = self.conv_first(F.pixel_unshuffle(x, self.unshuffle) if self.unshuffle > 1 else x)
        f = f + self.conv_body(self.body(f))
        for up in (self.conv_up1, self.conv_up2):
            f = F.leaky_relu_(up(F.interpolate(f, scale_factor=2, mode="nearest")), 0.2)
        return self.conv_last(F.leaky_relu_(self.conv_hr(f), 0.2))


class Compact(nn.Module):
    def __init__(self, features, convolutions, scale):
        super().__init__()
        layers = []
        for i in range(convolutions + 1):
            layers += [conv(3 if i == 0 else features, features), nn.PReLU(features)]
        self.body = nn.Sequential(*layers, conv(features, 3 * scale ** 2))
        self.scale = scale

    def forward(self, x):
        return F.pixel_shuffle(self.body(x), self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")


def load(path):
    state = torch.load(path, map_location="cpu")
    state = state.get("params_ema", state.get("params", state))
    if "conv_first.weight" in state:
        first = state["conv_first.weight"].shape
        blocks = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("body."))
        net = Rrdb(first[0], state["body.0.rdb1.conv1.weight"].shape[0], blocks, {3: 1, 12: 2, 48: 4}[first[1]])
    else:
        last = max(int(k.split(".")[1]) for k in state)
        net = Compact(state["body.0.weight"].shape[0], last // 2 - 1, int((state[f"body.{last}.weight"].shape[0] / 3) ** 0.5))
    net.load_state_dict(state, strict=True)
    return net.eval()


def tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()

        def read(name):
            a, b = header[name]["data_offsets"]
            file.seek(start + a)
            data = file.read(b - a)
            kind = {"F32": np.float32, "U8": np.uint8}[header[name]["dtype"]]
            return torch.from_numpy(np.frombuffer(data, kind).reshape(header[name]["shape"]).copy())

        return {name: read(name) for name in header if name != "__metadata__" and header[name]["dtype"] in ("F32", "U8")}


def nmse(expected, actual):
    expected, actual = expected.double(), actual.double()
    return float(((actual - expected) ** 2).sum() / (expected ** 2).sum())


def check(goldens):
    layouts, general = tensors(os.path.join(goldens, "rrdb_layouts.safetensors")), tensors(os.path.join(goldens, "realesrgan_case_general_alone.safetensors"))
    worst = 0
    for file, x, y in [("rrdb_new_ema.pth", layouts["x4_in"], layouts["x4_out"]), ("rrdb_new_params.pth", layouts["x4_in"], layouts["x4_out"]),
                       ("rrdb_new_x2.pth", layouts["x2_in"], layouts["x2_out"]), ("realesr-general-x4v3.pth", general["net_in.0"], general["net_out.0"])]:
        difference = nmse(y, load(os.path.join(goldens, file))(x))
        worst = max(worst, difference)
        print(f"{file}: NMSE {difference:.1e}")
    if worst > MOST_NMSE:
        sys.exit(f"the definitions are not the goldens': NMSE {worst:.1e}, allowed {MOST_NMSE:.0e}")


def make(folder):
    torch.manual_seed(1)
    for name, net in [("x4plus.pth", Rrdb(64, 32, 23, 1)), ("general_x4v3.pth", Compact(64, 32, 4))]:
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.2)
                module.weight.mul_(0.5 if isinstance(net, Rrdb) else 0.9)
                nn.init.normal_(module.bias, std=0.05)
        torch.save({"params_ema": net.state_dict()}, os.path.join(folder, name))


def measure(path, side, rounds, threads, other):
    torch.set_num_threads(threads)
    net = load(path)
    i = np.arange(side * side * 3, dtype=np.float64)
    x = torch.from_numpy((i * 0.6180339887498949 % 1).astype(np.float32).reshape(1, side, side, 3)).permute(0, 3, 1, 2).contiguous()
    best = [float("inf"), float("inf")]
    for layout in (torch.contiguous_format, torch.channels_last):
        net, picture = net.to(memory_format=layout), x.contiguous(memory_format=layout)
        for r in range(rounds + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            y = net(picture)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if r > 0:
                best = [min(best[0], wall), min(best[1], cpu)]
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    line = dict(model=os.path.basename(path), side=side, best_s=round(best[0], 4), processor_s=round(best[1], 4), peak_mib=peak >> 10)
    if other:
        ours = torch.from_numpy(np.fromfile(other, np.float32)).view(1, y.shape[2], y.shape[3], 3).permute(0, 3, 1, 2)
        line["nmse"] = nmse(2 * y - 1, ours)
    print(json.dumps(line))


def main():
    if sys.argv[1:2] == ["check"]: check(sys.argv[2])
    elif sys.argv[1:2] == ["make"]: make(sys.argv[2])
    elif sys.argv[1:2] == ["time"]: measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6] if len(sys.argv) > 6 else None)
    else: sys.exit(__doc__)


if __name__ == "__main__": main()
