"""Makes small checkpoints in the layout of the published ones, for the tests of their conversion.

usage: make_checkpoints.py KEYS_UNET KEYS_VQ FOLDER

Names, order and kinds are those of the key lists; widths are a fifth (denoiser) and a quarter (autoencoder). Value i of a tensor is
((31 i + length of its name) mod 257) / 256, which fp16 holds exactly.
"""
import argparse
import collections
import json
import sys

import torch

SWIN = {192: 64, 576: 192, 768: 256}


def denoiser_extent(extent):
    return extent // 5 if extent % 160 == 0 else SWIN.get(extent, extent)


def autoencoder_extent(extent):
    return {128: 32, 256: 64, 512: 128, 8192: 256}.get(extent, extent)


def tensor(name, kind, shape, shrink):
    if kind == "buffer":
        shape = shape[:1] + [4] * (len(shape) - 1)
        return torch.zeros(shape, dtype=torch.int64 if name.endswith("index") else torch.float32)
    if name.endswith("relative_position_bias_table"):
        shape = [shape[0], 2]
    else:
        shape = [shrink(extent) for extent in shape]
    count = 1
    for extent in shape:
        count *= extent
    return (((torch.arange(count) * 31 + len(name)) % 257).float() / 256).reshape(shape)


def read(path, shrink):
    state = collections.OrderedDict()
    with open(path) as lines:
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            name, _, shape, kind = line.rstrip("\n").split("\t")
            state[name] = tensor(name, kind, json.loads(shape), shrink)
    return state


def prefixed(prefix, state):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


def main():
    keys_unet, keys_vq, folder = sys.argv[1:]
    unet = read(keys_unet, denoiser_extent)
    vq = read(keys_vq, autoencoder_extent)
    # As ResShift saves: plain inside 'state_dict'; compiled and distributed training leaves prefixes.
    torch.save({"state_dict": unet}, f"{folder}/resshift_realsrx4_s4_v3.pth")
    torch.save(prefixed("module._orig_mod.", unet), f"{folder}/SinSR_v1.pth")
    averaged = collections.OrderedDict((name, value + 1) for name, value in unet.items())
    torch.save({"params": unet, "params_ema": averaged}, f"{folder}/averaged.pth")
    # As an autoencoder's training leaves it: a loss with parameters beside the networks.
    torch.save({"epoch": 7, "state_dict": {**vq, "loss.discriminator.main.0.weight": torch.zeros(4)}}, f"{folder}/autoencoder_vq_f4.pth")
    torch.save({"state_dict": unet, "config": argparse.Namespace(lr=1)}, f"{folder}/needs_code.pth")
    torch.save({**unet, "module." + next(iter(unet)): torch.zeros(1)}, f"{folder}/twice.pth")
    torch.save(collections.OrderedDict((name, value * 1e6) for name, value in unet.items()), f"{folder}/too_large.pth")


main()
