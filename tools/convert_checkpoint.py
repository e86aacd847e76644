#!/usr/bin/env python3
"""Turns the authors' checkpoint pair (denoiser, autoencoder) into one safetensors file for srk.

    convert_checkpoint.py resshift_realsrx4_s4_v3.pth autoencoder_vq_f4.pth -o realsr-v3.safetensors
    srk upscale photo.png -o large.png --model realsr-v3.safetensors

Needs torch 1.13 or later and the standard library; run it where you trust the files. The published pairs:

    denoiser                                 autoencoder                       task
    resshift_realsrx4_s15_v1.pth, _v2.pth    autoencoder_vq_f4.pth             realsr-v1
    resshift_realsrx4_s4_v3.pth              autoencoder_vq_f4.pth             realsr-v3
    resshift_bicsrx4_s4.pth                  autoencoder_vq_f4.pth             bicsr
    resshift_inpainting_imagenet_s4.pth      autoencoder_vq_f4.pth             inpaint-imagenet
    resshift_inpainting_face_s4.pth          celeba256_vq_f4_dim3_face.pth     inpaint-face
    resshift_faceir_s4.pth                   ffhq512_vq_f8_dim8_face.pth       faceir
    SinSR_v1.pth, SinSR_v2.pth               autoencoder_vq_f4.pth             sinsr
"""
import argparse
import ctypes
import inspect
import itertools
import json
import os
import re
import struct
import sys
import tempfile

import torch

# task: (nominal low-quality side or None where it follows the latent, chain); the scale follows from the task in srk.
FOUR_STEPS = dict(steps=4, min_noise_level=0.2, etas_end=0.99, kappa=2.0, power=0.3)
FIFTEEN_STEPS = dict(FOUR_STEPS, steps=15, min_noise_level=0.04)
TASKS = {
    "realsr-v1": (64, FIFTEEN_STEPS),
    "realsr-v3": (64, FOUR_STEPS),
    "bicsr": (64, FOUR_STEPS),
    "x2": (128, FOUR_STEPS),
    "inpaint-imagenet": (256, FOUR_STEPS),
    "inpaint-face": (256, FOUR_STEPS),
    "faceir": (512, FOUR_STEPS),
    "sinsr": (None, dict(FIFTEEN_STEPS, sampling="one-step")),
}
OFFICIAL_NAMES = [
    (r"realsrx4_s15_v[12]", "realsr-v1"), (r"realsrx4_s4_v3", "realsr-v3"), (r"bicsrx4_s4", "bicsr"),
    (r"inpainting_imagenet", "inpaint-imagenet"), (r"inpainting_face", "inpaint-face"), (r"faceir", "faceir"), (r"sinsr", "sinsr"),
]
DERIVED = ("relative_position_index", "attn_mask")  # buffers that the networks compute themselves
TRAINING = ("loss.", "discriminator.", "model_ema.")  # what only training uses
WRAPPERS = ("state_dict", "model_state_dict", "params", "model", "generator")
AVERAGED = ("params_ema", "ema_state_dict", "model_ema", "ema", "ema_model")
TYPES = {
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}


class Refused(Exception):
    """An error in four parts, for the user."""

    def __init__(self, who, expected, got, remedy):
        super().__init__(f"{who}: expected {expected}, got {got}; {remedy}")


def say(text):
    print(text, file=sys.stderr)


def load(path, trust):
    """The object in a .pth file, without running code from it unless the user trusts the file."""
    can_refuse_code = "weights_only" in inspect.signature(torch.load).parameters
    if not can_refuse_code and not trust:
        raise Refused(path, "a torch that can load weights only (1.13 or later)", torch.__version__,
                      "update torch, or pass --trust-pickle: loading then runs code from the file")
    try:
        return torch.load(path, map_location="cpu", **({"weights_only": not trust} if can_refuse_code else {}))
    except FileNotFoundError as error:
        raise Refused(path, "a readable file", "none", "check the path") from error
    except Exception as error:  # torch raises many types here, UnpicklingError among them
        reason = str(error).split("WeightsUnpickler error: ")[-1].splitlines()[0] if str(error) else type(error).__name__
        remedy = "the file is damaged or needs its authors' code" if trust else \
            "if you trust its source, pass --trust-pickle: loading then runs code from the file"
        raise Refused(path, "a checkpoint that holds tensors only" if not trust else "a checkpoint that loads", reason, remedy) from error


def state_dict(path, loaded, raw):
    """The dictionary of tensors inside a checkpoint, whatever it is wrapped in; averaged (EMA) weights are preferred."""
    for _ in range(4):
        if isinstance(loaded, dict) and any(isinstance(value, torch.Tensor) for value in loaded.values()):
            return loaded
        names = WRAPPERS + AVERAGED if raw else AVERAGED + WRAPPERS
        inner = next((name for name in names if isinstance(loaded, dict) and isinstance(loaded.get(name), dict)), None)
        if inner is None:
            break
        say(f"{os.path.basename(path)}: taking '{inner}'")
        loaded = loaded[inner]
    raise Refused(path, "a dictionary of tensors, plain or under " + ", ".join(WRAPPERS + AVERAGED), type(loaded).__name__,
                  "see which of the published files this is")


def clean(path, state):
    """Plain names, without training leftovers and derived buffers."""
    result, dropped = {}, 0
    for name, value in state.items():
        plain = name
        while plain.startswith(("module.", "_orig_mod.")):
            plain = plain.split(".", 1)[1]
        plain = plain.replace("._orig_mod.", ".")
        if plain.startswith(TRAINING) or plain.split(".")[-1] in DERIVED or not isinstance(value, torch.Tensor):
            dropped += 1
            continue
        if plain in result:
            raise Refused(path, "every tensor once", f"'{plain}' twice", "the checkpoint mixes several models")
        result[plain] = value
    say(f"{os.path.basename(path)}: {len(result)} tensors, {sum(v.numel() for v in result.values()):,} values, {dropped} entries left out")
    return result


class Shapes:
    def __init__(self, path, state):
        self.path, self.state = path, state

    def has(self, name):
        return name in self.state

    def at(self, name, dimension):
        if name not in self.state:
            raise Refused(self.path, f"a tensor '{name}'", "none of this name", "is this the right file, and in the right place of the two?")
        return self.state[name].shape[dimension]

    def count(self, pattern, start=0):
        return sum(1 for _ in itertools.takewhile(lambda i: self.has(pattern.format(i)), itertools.count(start)))


def window_of(shapes, layer):
    rows = shapes.at(f"{layer}.blocks.0.attn.relative_position_bias_table", 0)
    return (int(round(rows ** 0.5)) + 1) // 2


def denoiser_configuration(path, state, lq_size):
    shapes = Shapes(path, state)
    model_channels = shapes.at("time_embed.0.weight", 1)
    mult, blocks, swin_levels, windows = [], [], [], []
    for n in itertools.count(1):
        if shapes.has(f"input_blocks.{n}.0.op.weight"):
            continue
        if not shapes.has(f"input_blocks.{n}.0.in_layers.2.weight"):
            break
        if n == 1 or shapes.has(f"input_blocks.{n - 1}.0.op.weight"):
            mult.append(shapes.at(f"input_blocks.{n}.0.in_layers.2.weight", 0) // model_channels)
            blocks.append(0)
            if shapes.has(f"input_blocks.{n}.1.patch_embed.proj.weight"):
                swin_levels.append(len(mult) - 1)
                windows.append(window_of(shapes, f"input_blocks.{n}.1"))
        blocks[-1] += 1
    embed = shapes.at("middle_block.1.patch_embed.proj.weight", 0)
    middle = window_of(shapes, "middle_block.1")
    window = max(windows + [middle])
    # A level with smaller windows than others is no larger than one: that tells the nominal resolution.
    image_size = middle << (len(mult) - 1) if middle < window else 64
    stages = sum(1 for _ in itertools.takewhile(lambda i: shapes.has(f"feature_extractor.{3 * i + 2}.op.weight"), itertools.count()))
    latent = shapes.at("out.2.weight", 0)
    condition = shapes.at("feature_extractor.0.weight", 1) if stages else shapes.at("input_blocks.0.0.weight", 1) - latent
    if condition not in (3, 4):
        raise Refused(path, "a condition of 3 channels, or 4 with a mask", condition, "this denoiser belongs to no known task")
    result = dict(
        image_size=image_size, in_channels=latent, out_channels=latent, model_channels=model_channels, channel_mult=mult, num_res_blocks=blocks,
        attention_resolutions=[image_size >> level for level in swin_levels], swin_embed_dim=embed,
        head_channels=embed // shapes.at("middle_block.1.blocks.0.attn.relative_position_bias_table", 1),
        window=window, depth=shapes.count("middle_block.1.blocks.{}.norm1.weight"),
        mlp_ratio=shapes.at("middle_block.1.blocks.0.mlp.fc1.weight", 0) / embed,
        patch_norm=shapes.has("middle_block.1.patch_embed.norm.weight"), cond_mask=condition == 4, groups=32)
    if lq_size is not None:
        result["lq_size"] = image_size << stages
    return result


def autoencoder_configuration(path, state):
    shapes = Shapes(path, state)
    channels = shapes.at("encoder.conv_in.weight", 0)
    levels = shapes.count("encoder.down.{}.block.0.conv1.weight")
    return dict(
        ch=channels, ch_mult=[shapes.at(f"encoder.down.{i}.block.0.conv1.weight", 0) // channels for i in range(levels)],
        num_res_blocks=[shapes.count(f"encoder.down.{i}.block.{{}}.conv1.weight") for i in range(levels)],
        attention_levels=[i for i in range(levels) if shapes.has(f"encoder.down.{i}.attn.0.q.weight")],
        z_channels=shapes.at("encoder.conv_out.weight", 0), embed_dim=shapes.at("quant_conv.weight", 0),
        n_embed=shapes.at("quantize.embedding.weight", 0), groups=32)


def to_half(tensors):
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            continue
        half = tensor.to(torch.float16)
        if torch.isinf(half).any() and not torch.isinf(tensor).any():
            raise Refused(f"'{name}'", "values that fp16 holds (up to 65504)", f"{tensor.abs().max().item():g}", "convert without --half")
        tensors[name] = half


def write(path, tensors, metadata):
    """Same tensors, same bytes; under a temporary name first, so that an interrupted run leaves no half file."""
    header, offset, order = {"__metadata__": metadata}, 0, sorted(tensors)
    for name in order:
        tensor = tensors[name] = tensors[name].detach().contiguous()
        if tensor.dtype not in TYPES:
            raise Refused(f"'{name}'", "a type that safetensors has", tensor.dtype, "convert it in torch first")
        length = tensor.numel() * tensor.element_size()
        header[name] = dict(dtype=TYPES[tensor.dtype], shape=list(tensor.shape), data_offsets=[offset, offset + length])
        offset += length
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    folder = os.path.dirname(os.path.abspath(path))
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".converting-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for name in order:
                tensor = tensors[name]
                file.write(ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()) if tensor.numel() else b"")
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def task_of(path, given):
    if given:
        return given
    name = os.path.basename(path).lower()
    task = next((task for pattern, task in OFFICIAL_NAMES if re.search(pattern, name)), None)
    if task is None:
        raise Refused(name, "a published file's name", "another", f"say with --task which it is: {', '.join(TASKS)}")
    return task


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("denoiser", help="the denoiser's .pth")
    parser.add_argument("autoencoder", help="the autoencoder's .pth")
    parser.add_argument("-o", "--output", required=True, help="the .safetensors to write")
    parser.add_argument("--task", choices=TASKS, help="what the denoiser was trained for; published names tell it")
    parser.add_argument("--half", action="store_true", help="store fp16: half the size, values rounded to 11 bits")
    parser.add_argument("--raw", action="store_true", help="where a file holds both, take the raw weights, not the averaged (EMA) ones")
    parser.add_argument("--trust-pickle", action="store_true", help="allow files that run code while loading; only from sources you trust")
    arguments = parser.parse_args()
    try:
        task = task_of(arguments.denoiser, arguments.task)
        lq_size, chain = TASKS[task]
        tensors, configurations = {}, {}
        for role, path in (("denoiser", arguments.denoiser), ("autoencoder", arguments.autoencoder)):
            state = clean(path, state_dict(path, load(path, arguments.trust_pickle), arguments.raw))
            configurations[role] = denoiser_configuration(path, state, lq_size) if role == "denoiser" else autoencoder_configuration(path, state)
            tensors.update({f"{role}.{name}": value for name, value in state.items()})
        if configurations["denoiser"]["out_channels"] != configurations["autoencoder"]["embed_dim"]:
            raise Refused(arguments.autoencoder, f"latents of {configurations['denoiser']['out_channels']} channels, as the denoiser makes",
                          configurations["autoencoder"]["embed_dim"], "take the autoencoder that the table in --help names")
        if arguments.half:
            to_half(tensors)
        metadata = {"format": "srkernels", "task": task, "diffusion": json.dumps(chain),
                    **{role: json.dumps(configuration) for role, configuration in configurations.items()}}
        write(arguments.output, tensors, metadata)
    except Refused as error:
        say(f"convert_checkpoint: {error}")
        return 1
    except OSError as error:
        say(f"convert_checkpoint: {error}")
        return 1
    say(f"{arguments.output}: task {task}, {os.path.getsize(arguments.output):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
