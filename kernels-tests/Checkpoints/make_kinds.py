#!/usr/bin/env python3
"""Writes the small checkpoints of this folder (torch 1.13, Debian's python3-torch): what CheckpointFileTests and the tests of the command read where no torch is.

usage: make_kinds.py [FOLDER]

kinds_*.pth: tensors of every kind between values of every kind, in each container; kinds.json has their bytes. The pair is a model of published layout
with 32 channels and random weights in fp16, the denoiser in a zip container and compiled, the autoencoder in the old container beside a loss.
"""
import collections
import json
import pathlib
import sys

import numpy
import torch

NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
         torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


class Settings:
    """A class that whoever reads the file has not."""

    def __init__(self):
        self.rate = 1e-4


def kinds():
    values = torch.arange(6).reshape(2, 3)
    halves = values / 2 - 1
    tensors = {"f64": halves.double(), "f32": halves.float(), "f16": halves.half(), "bf16": halves.bfloat16(), "i64": values, "i32": values.int(),
               "i16": values.short() - 3, "i8": values.char() - 3, "u8": values.byte(), "bool": values > 2}
    large = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    tensors.update(transposed=halves.t(), permuted=large.permute(2, 0, 1), sliced=large[:, 1:, ::2], row=large[1, 2], shared=large, shared_again=large.view(24),
                   scalar=torch.tensor(2.5), integer_scalar=torch.tensor(7), one=large[1, 2, 3], empty=torch.zeros(0, 5), parameter=torch.nn.Parameter(halves.float()),
                   of_one=torch.ones(1, 1, 3)[:, :, :1], channels_last=torch.arange(60.0).reshape(1, 3, 4, 5).contiguous(memory_format=torch.channels_last))
    return tensors


def saved(tensors):
    state = collections.OrderedDict(("module." + name, tensor) for name, tensor in tensors.items())
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return {"epoch": 3, "best": numpy.float64(31.5), "count": numpy.int64(7), "flag": numpy.bool_(True), "rates": [1e-4, 2 ** 70, -5, None, True, b"\x80bytes", "\u00e9"],
            "settings": Settings(), "made_by": {Settings: "as a key", (1, 2): "a pair"}, "device": torch.device("cpu"), "type": torch.float16, "size": torch.Size([2, 3]),
            "set": {1, 2}, "frozen": frozenset([3]), "rng": torch.get_rng_state()[:16], "default": collections.defaultdict(list, a=[1]), "state_dict": state,
            "optimizer": {"state": {0: {"step": 5, "exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}}


def plain_bytes(tensor):
    tensor = tensor.detach().contiguous()
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes().hex()


def convolution(state, name, out, into, side=1):
    state[name + ".weight"] = torch.randn(out, into, side, side) * (0.7 / (into * side * side) ** 0.5)
    state[name + ".bias"] = torch.randn(out) * 0.05


def norm(state, name, channels):
    state[name + ".weight"] = 1 + 0.1 * torch.randn(channels)
    state[name + ".bias"] = 0.1 * torch.randn(channels)


def dense(state, name, out, into):
    state[name + ".weight"] = torch.randn(out, into) * (0.7 / into ** 0.5)
    state[name + ".bias"] = torch.randn(out) * 0.05


def denoiser(c=32):
    state = collections.OrderedDict()
    dense(state, "time_embed.0", 4 * c, c)
    dense(state, "time_embed.2", 4 * c, 4 * c)
    convolution(state, "input_blocks.0.0", c, 6, 3)

    def block(name, into):
        norm(state, name + ".in_layers.0", into)
        convolution(state, name + ".in_layers.2", c, into, 3)
        dense(state, name + ".emb_layers.1", 2 * c, 4 * c)
        norm(state, name + ".out_layers.0", c)
        convolution(state, name + ".out_layers.3", c, c, 3)
        if into != c:
            convolution(state, name + ".skip_connection", c, into)

    def swin(name):
        convolution(state, name + ".patch_embed.proj", c, c)
        convolution(state, name + ".patch_unembed.proj", c, c)
        at = name + ".blocks.0"
        norm(state, at + ".norm1", c)
        state[at + ".attn.relative_position_bias_table"] = 0.5 * torch.randn(225, 1)
        state[at + ".attn.relative_position_index"] = torch.arange(64 * 64).reshape(64, 64) % 225
        dense(state, at + ".attn.qkv", 3 * c, c)
        dense(state, at + ".attn.proj", c, c)
        norm(state, at + ".norm2", c)
        convolution(state, at + ".mlp.fc1", c, c)
        convolution(state, at + ".mlp.fc2", c, c)

    block("input_blocks.1.0", c)
    swin("input_blocks.1.1")
    block("middle_block.0", c)
    swin("middle_block.1")
    block("middle_block.2", c)
    for m in range(2):
        block(f"output_blocks.{m}.0", 2 * c)
        if m == 0:
            swin("output_blocks.0.1")
    norm(state, "out.0", c)
    convolution(state, "out.2", 3, c, 3)
    return state


def autoencoder(c=32, levels=3):
    state = collections.OrderedDict()

    def block(name):
        norm(state, name + ".norm1", c)
        convolution(state, name + ".conv1", c, c, 3)
        norm(state, name + ".norm2", c)
        convolution(state, name + ".conv2", c, c, 3)

    def middle(name):
        block(name + ".mid.block_1")
        norm(state, name + ".mid.attn_1.norm", c)
        for part in ("q", "k", "v", "proj_out"):
            convolution(state, name + ".mid.attn_1." + part, c, c)
        block(name + ".mid.block_2")

    convolution(state, "encoder.conv_in", c, 3, 3)
    for level in range(levels):
        block(f"encoder.down.{level}.block.0")
        if level < levels - 1:
            convolution(state, f"encoder.down.{level}.downsample.conv", c, c, 3)
    middle("encoder")
    norm(state, "encoder.norm_out", c)
    convolution(state, "encoder.conv_out", 3, c, 3)
    convolution(state, "decoder.conv_in", c, 3, 3)
    middle("decoder")
    for level in range(levels):
        for j in range(2):
            block(f"decoder.up.{level}.block.{j}")
        if level > 0:
            convolution(state, f"decoder.up.{level}.upsample.conv", c, c, 3)
    norm(state, "decoder.norm_out", c)
    convolution(state, "decoder.conv_out", 3, c, 3)
    state["quantize.embedding.weight"] = 0.8 * torch.randn(32, 3)
    convolution(state, "quant_conv", 3, 3)
    convolution(state, "post_quant_conv", 3, 3)
    return state


def halves(state, prefix=""):
    return collections.OrderedDict((prefix + name, tensor.half() if tensor.is_floating_point() else tensor) for name, tensor in state.items())


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    tensors = kinds()
    content = {name: dict(dtype=NAMES[tensor.dtype], shape=list(tensor.shape), hex=plain_bytes(tensor)) for name, tensor in tensors.items()}
    (folder / "kinds.json").write_text(json.dumps(content, indent=0) + "\n")
    torch.save(saved(tensors), folder / "kinds_zip.pth")
    torch.save(saved(tensors), folder / "kinds_protocol4.pth", pickle_protocol=4)
    torch.save(saved(tensors), folder / "kinds_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(saved(tensors), folder / "kinds_legacy_protocol3.pth", _use_new_zipfile_serialization=False, pickle_protocol=3)
    torch.manual_seed(1)
    torch.save({"state_dict": halves(denoiser(), "_orig_mod.")}, folder / "resshift_realsrx4_s4_v3.pth")
    torch.save({"epoch": 7, "state_dict": {**halves(autoencoder()), "loss.discriminator.main.0.weight": torch.zeros(4)}}, folder / "autoencoder_vq_f4.pth",
               _use_new_zipfile_serialization=False)


main()
