#!/usr/bin/python3
"""Makes JPEG files with Pillow and says how Pillow (libjpeg-turbo) decodes them, for the parity tests.

    check_jpeg.py make FOLDER        write the matrix of files
    check_jpeg.py reference FOLDER   for each .jpg or .jpeg there write NAME.pnm, its pixels (P5 for one component, else P6 after
                                     convert('RGB')), and NAME.oriented.pnm where EXIF turns it; NAME.refused where Pillow fails;
                                     of a damaged_NAME.jpg what Pillow shows with LOAD_TRUNCATED_IMAGES
    check_jpeg.py version            print the versions; exit code 1 where Pillow or numpy is missing

Needs Debian's python3-pil and python3-numpy: run it with /usr/bin/python3.
"""
import os
import sys

try:
    import numpy as np
    import PIL
    from PIL import Image, ImageCms, ImageFile, ImageOps, features
except ImportError as e:
    sys.exit(f"check_jpeg.py: {e}: install python3-pil and python3-numpy")

SIZES = [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 5), (5, 4), (7, 8), (8, 8), (9, 7), (15, 17), (16, 16), (17, 15),
         (31, 33), (33, 47), (1, 70), (70, 1), (130, 66)]
QUALITIES = [10, 50, 75, 95, 100]
SUBSAMPLINGS = {"444": 0, "422": 1, "420": 2}


def picture(width, height, channels, seed):
    """Gradients, edges, a disc and some noise: smooth and rough blocks, saturated colours."""
    rng = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for c in range(channels):
        fx, fy, phase = rng.uniform(0.01, 0.5), rng.uniform(0.01, 0.5), rng.uniform(0, 6)
        plane = 128 + 100 * np.sin(fx * x + fy * y + phase)
        plane[(x - width * rng.rand()) ** 2 + (y - height * rng.rand()) ** 2 < (0.3 * max(width, height)) ** 2] = rng.choice([0, 255, 90])
        plane[:, int(width * rng.rand()):][:, :3] = rng.choice([0, 255])
        planes.append(plane + rng.normal(0, rng.choice([0, 3, 25]), plane.shape))
    samples = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return Image.fromarray(samples[:, :, 0] if channels == 1 else samples, {1: "L", 3: "RGB", 4: "CMYK"}[channels])


def make(folder):
    def save(name, image, **options):
        image.save(os.path.join(folder, name + ".jpg"), **options)

    seed = 0
    for width, height in SIZES + [(640, 427)]:
        qualities = QUALITIES if width < 640 else [85]
        for progressive in (False, True):
            kind = f"{width}x{height}" + ("_progressive" if progressive else "")
            for quality in qualities:
                seed += 1
                for name, subsampling in SUBSAMPLINGS.items():
                    save(f"rgb_{name}_{kind}_q{quality}", picture(width, height, 3, seed), quality=quality,
                         subsampling=subsampling, progressive=progressive, optimize=seed % 2 == 0)
                save(f"grey_{kind}_q{quality}", picture(width, height, 1, seed), quality=quality, progressive=progressive)
            # The encoder's test: the picture beside the file that Pillow makes of it.
            if not progressive:
                for name, quality, options in (("444", 95, {"subsampling": 0}), ("420", 75, {"subsampling": 2}), ("grey", 30, {})):
                    image = picture(width, height, 1 if name == "grey" else 3, seed)
                    save(f"encode_{name}_{kind}_q{quality}", image, quality=quality, **options)
                    image.save(os.path.join(folder, f"encode_{name}_{kind}_q{quality}.source.pnm"), format="PPM")
            save(f"cmyk_{kind}", picture(width, height, 4, seed), quality=80, progressive=progressive)
            save(f"cmyk_420_{kind}", picture(width, height, 4, seed), quality=90, subsampling=2, progressive=progressive)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"exif_{orientation}", picture(37, 22, 3, orientation), exif=exif.tobytes(), subsampling=2)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, data in {"icc_one_segment": profile, "icc_three_segments": profile + bytes(150_000)}.items():
        save(name, picture(20, 20, 3, 7), icc_profile=data)
        with open(os.path.join(folder, name + ".icc"), "wb") as f:
            f.write(data)
    save("icc_on_cmyk", picture(20, 20, 4, 7), icc_profile=profile)


def reference(folder):
    for name in sorted(os.listdir(folder)):
        stem, extension = os.path.splitext(name)
        if extension not in (".jpg", ".jpeg"):
            continue
        path = os.path.join(folder, stem)
        ImageFile.LOAD_TRUNCATED_IMAGES = name.startswith("damaged_")
        try:
            with Image.open(os.path.join(folder, name)) as image:
                image.load()
                pixels = image if image.mode == "L" else image.convert("RGB")
                pixels.save(path + ".pnm", format="PPM")
                if image.getexif().get(0x0112, 1) != 1:
                    ImageOps.exif_transpose(image).convert("RGB").save(path + ".oriented.pnm", format="PPM")
        except OSError as e:
            with open(path + ".refused", "w") as f:
                f.write(str(e))


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("make", "reference"):
        {"make": make, "reference": reference}[sys.argv[1]](sys.argv[2])
    elif sys.argv[1:] == ["version"]:
        print(f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}, numpy {np.__version__}")
    else:
        sys.exit(__doc__)
