#!/usr/bin/python3
"""Makes PNG, BMP and PNM files with Pillow and says how Pillow decodes image files, for the parity tests.

    check_images.py make FOLDER        write files in every mode and bit depth that Pillow writes
    check_images.py reference FOLDER   for each file there write FILE.expected: a line "WIDTH HEIGHT CHANNELS BITS", then the samples
                                       as Pillow has them, 16-bit ones with the low byte first; FILE.refused where Pillow fails
    check_images.py version            print the versions; exit code 1 where Pillow or numpy is missing

Needs Debian's python3-pil and python3-numpy: run it with /usr/bin/python3.
"""
import os
import sys

try:
    import numpy as np
    import PIL
    from PIL import Image, PngImagePlugin
except ImportError as e:
    sys.exit(f"check_images.py: {e}: install python3-pil and python3-numpy")

SIZES = [(1, 1), (2, 3), (7, 5), (8, 8), (9, 4), (16, 3), (17, 11), (33, 2), (1, 40), (130, 67)]


def samples(width, height, channels, bits, seed):
    """Slopes with noise on some rows, so that each PNG filter wins somewhere."""
    rng = np.random.RandomState(seed)
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    values = (x * 3 + y * 5 + c * 40) * (1 << (bits - 8)) + rng.randint(0, 1 << bits, x.shape) * (y % 3 == 2)
    return (values % (1 << bits)).astype(np.uint16 if bits > 8 else np.uint8)


def make(folder):
    def save(name, image, **options):
        image.save(os.path.join(folder, name), **options)

    for seed, (w, h) in enumerate(SIZES):
        kind = f"{w}x{h}"
        grey = Image.fromarray(samples(w, h, 1, 8, seed)[:, :, 0], "L")
        rgb = Image.fromarray(samples(w, h, 3, 8, seed), "RGB")
        rgba = Image.fromarray(samples(w, h, 4, 8, seed), "RGBA")
        deep = Image.fromarray(samples(w, h, 1, 16, seed)[:, :, 0])
        bitmap = grey.point(lambda v: 255 if v > 90 else 0).convert("1")
        grey_alpha = Image.merge("LA", (grey, rgb.getchannel(1)))

        for level in (0, 1, 6, 9):
            save(f"rgb_level{level}_{kind}.png", rgb, compress_level=level)
        for name, image in (("bitmap", bitmap), ("grey", grey), ("greyalpha", grey_alpha), ("rgb", rgb), ("rgba", rgba), ("deep", deep)):
            save(f"{name}_{kind}.png", image)
        save(f"optimised_{kind}.png", rgba, optimize=True)
        save(f"grey_keyed_{kind}.png", grey, transparency=int(grey.getpixel((0, 0))))
        save(f"rgb_keyed_{kind}.png", rgb, transparency=rgb.getpixel((0, 0)))
        for colours, bits in ((2, 1), (4, 2), (16, 4), (200, 8)):
            indexed = rgb.quantize(colours)
            save(f"palette{bits}_{kind}.png", indexed, bits=bits)
            save(f"palette{bits}_alpha_{kind}.png", indexed, bits=bits, transparency=bytes([0, 128]))
            save(f"palette{bits}_{kind}.bmp", indexed)
        save(f"rgb_with_text_{kind}.png", rgb, pnginfo=text(), dpi=(72, 72))

        for name, image in (("bitmap", bitmap), ("grey", grey), ("rgb", rgb), ("rgba", rgba)):
            save(f"{name}_{kind}.bmp", image)
        for name, image in (("bitmap", bitmap), ("grey", grey), ("rgb", rgb), ("deep", deep.convert("I"))):
            save(f"{name}_{kind}.ppm", image)
        plain(os.path.join(folder, f"plain_{kind}"), np.array(rgb), np.array(bitmap))


def text():
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "words " * 50, zip=True)
    info.add_itxt("Title", "words", "en", "words")
    return info


def plain(path, rgb, bitmap):
    """The text kinds, which Pillow reads but does not write, with maxima that need scaling.

    Odd ones, with which no sample lies exactly between two results: there Pillow rounds to even, and we, as Netpbm, up.
    """
    height, width = bitmap.shape
    with open(path + "_1.pbm", "w") as f:
        print(f"P1\n# comment\n{width} {height}", *[" ".join(str(int(not v)) for v in row) for row in bitmap], sep="\n", file=f)
    for maximum in (1, 7, 99, 255):
        scaled = rgb.astype(np.int64) * maximum // 255
        with open(f"{path}_{maximum}.ppm", "w") as f:
            print(f"P3 {width} {height} {maximum}", *scaled.ravel(), sep="\n", file=f)
        with open(f"{path}_{maximum}.pgm", "wb") as f:
            f.write(f"P5 {width} {height} {maximum}\n".encode() + scaled[:, :, 1].astype(np.uint8).tobytes())
    with open(path + "_999.pgm", "w") as f:
        print(f"P2 {width} {height} 999", *(rgb[:, :, 0].astype(np.int64) * 999 // 255).ravel(), sep="\n", file=f)


def is_grey_alpha(path):
    """Whether a PNG has colour type 4, of which Pillow makes RGBA where it has 16 bits."""
    with open(path, "rb") as f:
        return path.endswith(".png") and f.read(26)[25] == 4


def decoded(path):
    """Pillow's samples with the channels explicit: palettes looked up, transparent colours turned into alpha."""
    with Image.open(path) as image:
        image.load()
        keyed = "transparency" in image.info
        if image.format == "BMP" and image.mode != "RGBA":
            image = image.convert("RGB")
        elif image.mode == "P":
            image = image.convert("RGBA" if keyed else "RGB")
        elif image.mode == "1":
            image = image.convert("L")
        elif keyed and image.mode in ("L", "RGB"):
            image = image.convert("LA" if image.mode == "L" else "RGBA")
        pixels = np.array(image)
        if image.mode == "RGBA" and is_grey_alpha(path):
            pixels = np.ascontiguousarray(pixels[:, :, [0, 3]])
        if image.mode.startswith("I"):
            pixels = pixels.astype("<u2")
        return pixels.reshape(image.height, image.width, -1)


def reference(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith((".expected", ".refused")):
            continue
        try:
            pixels = decoded(path)
        except Exception as e:
            with open(path + ".refused", "w") as f:
                f.write(str(e))
            continue
        height, width, channels = pixels.shape
        with open(path + ".expected", "wb") as f:
            f.write(f"{width} {height} {channels} {8 * pixels.itemsize}\n".encode() + pixels.tobytes())


if __name__ == "__main__":
    if sys.argv[1:] == ["version"]:
        print(f"Pillow {PIL.__version__}, numpy {np.__version__}")
    elif len(sys.argv) == 3 and sys.argv[1] in ("make", "reference"):
        {"make": make, "reference": reference}[sys.argv[1]](sys.argv[2])
    else:
        sys.exit(__doc__)
