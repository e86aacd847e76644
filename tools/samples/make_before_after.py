#!/usr/bin/env python3
"""Puts the sample beside what srk makes of it: the README's picture.

usage: make_before_after.py RESULT.png [OUT.png]        (Pillow; RESULT.png is srk's enlargement of scene.png)
"""
import sys, os
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
result = Image.open(sys.argv[1]).convert('RGB')
before = Image.open(os.path.join(here, 'scene.png')).convert('RGB').resize(result.size, Image.BICUBIC)
box = (0, 96, 512, 416)
picture = Image.new('RGB', (1024 + 8, box[3] - box[1]), 'white')
picture.paste(before.crop(box), (0, 0))
picture.paste(result.crop(box), (512 + 8, 0))
picture.save(sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, 'before_after.png'), optimize=True)
