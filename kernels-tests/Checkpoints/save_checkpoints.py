#!/usr/bin/env python3
"""Saves the tensors of each FOLDER/*.safetensors with torch, in both of its containers: NAME.zip.pth and NAME.legacy.pth.

usage: save_checkpoints.py FOLDER

Needs Debian's python3-torch. For tests and measurements that compare the three: fp32 only.
"""
import collections
import json
import pathlib
import struct
import sys

import torch


def read(path):
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    state = collections.OrderedDict()
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        assert entry["dtype"] == "F32", f"{path}: '{name}' is {entry['dtype']}"
        state[name] = torch.frombuffer(bytearray(content[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return state


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")):
    state = read(path)
    torch.save({"state_dict": state}, path.with_suffix(".zip.pth"))
    torch.save({"module." + name: tensor for name, tensor in state.items()}, path.with_suffix(".legacy.pth"), _use_new_zipfile_serialization=False)
