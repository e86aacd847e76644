#!/usr/bin/env python3
"""Renders the sample picture: a small ray-traced still life of our own, then degrades it the way the shipped weights expect.

usage: render_scene.py [FOLDER]        (numpy and Pillow; writes scene.png, 128x128, and scene_reference.png, 512x512)

Everything is drawn by formula from fixed seeds, so two runs give the same files.
"""
import sys, os, io
import numpy as np
from PIL import Image

SIZE, SUPER = 512, 2                      # final size, samples along each axis
RNG = np.random.default_rng(7)


def value_noise(x, y, octaves=5, seed=1):
    """Fractal value noise in [0, 1]."""
    table = np.random.default_rng(seed).random((256, 256))
    total, amplitude, norm = np.zeros_like(x), 1.0, 0.0
    for o in range(octaves):
        fx, fy = x * 2 ** o, y * 2 ** o
        ix, iy = np.floor(fx).astype(int), np.floor(fy).astype(int)
        tx, ty = fx - ix, fy - iy
        tx, ty = tx * tx * (3 - 2 * tx), ty * ty * (3 - 2 * ty)
        at = lambda a, b: table[(iy + b) % 256, (ix + a) % 256]
        total += amplitude * ((at(0, 0) * (1 - tx) + at(1, 0) * tx) * (1 - ty) + (at(0, 1) * (1 - tx) + at(1, 1) * tx) * ty)
        norm += amplitude
        amplitude *= 0.5
    return total / norm


def sky(d):
    t = np.clip(d[..., 1], 0, 1)[..., None]
    colour = (1 - t) * np.array([.93, .80, .66]) + t * np.array([.30, .50, .80])
    clouds = np.clip(value_noise(d[..., 0] / (d[..., 1] + .25) * 2 + 5, d[..., 2] / (d[..., 1] + .25) * 2 + 9, 6, 3) - .48, 0, 1) * 2.6
    return colour * (1 - clouds[..., None] * .6) + clouds[..., None] * .6


def floor_colour(p):
    """Wooden planks: rows of boards with grain and dark joints."""
    board = np.floor(p[..., 2] * 2.2)
    along = p[..., 0] + board * 1.37
    grain = value_noise(along * 1.5 + board * 17, p[..., 2] * 26, 4, 5)
    tone = .75 + .25 * np.sin(board * 12.9898) ** 2
    base = np.array([.56, .36, .20]) * (tone * (.65 + .6 * grain))[..., None]
    joint = (np.abs(p[..., 2] * 2.2 - board - .5) > .47) | (np.abs(along / 2.5 - np.round(along / 2.5)) < .008)
    return np.where(joint[..., None], base * .25, base)


def wall_colour(p):
    """Bricks with mortar."""
    row = np.floor(p[..., 1] * 4)
    u = p[..., 0] * 2 + .5 * (row % 2)
    column = np.floor(u)
    tone = np.sin(row * 78.233 + column * 12.9898) * 43758.5453
    tone -= np.floor(tone)
    base = np.array([.62, .27, .19]) * (.6 + .5 * tone)[..., None] * (.75 + .5 * value_noise(p[..., 0] * 14, p[..., 1] * 14, 4, 8))[..., None]
    mortar = (np.abs(u - column - .5) > .46) | (np.abs(p[..., 1] * 4 - row - .5) > .42)
    return np.where(mortar[..., None], np.array([.66, .62, .56]), base)


SPHERES = [  # centre, radius, pattern, mirror
    ((-1.35, .95, 1.3), .95, 'orange', .06),
    ((.95, .70, .25), .70, 'globe', .10),
    ((2.15, 1.15, 2.2), 1.15, 'chrome', .75),
    ((-.35, .38, -.55), .38, 'marble', .12),
    ((-2.5, .45, -.1), .45, 'stripes', .05),
]


def sphere_colour(kind, n):
    lon, lat = np.arctan2(n[..., 2], n[..., 0]), np.arcsin(np.clip(n[..., 1], -1, 1))
    if kind == 'orange':
        bumps = value_noise(lon * 22 + 200, lat * 22 + 200, 2, 11)
        return np.array([.92, .48, .08]) * (.8 + .35 * bumps)[..., None]
    if kind == 'globe':
        land = value_noise(lon * 1.6 + 40, lat * 2.2 + 40, 6, 12) > .53
        grid = (np.abs(lon / .3927 - np.round(lon / .3927)) < .03) | (np.abs(lat / .3927 - np.round(lat / .3927)) < .03)
        c = np.where(land[..., None], np.array([.35, .52, .22]), np.array([.12, .30, .58]))
        return np.where(grid[..., None], c * .55 + .3, c)
    if kind == 'marble':
        v = np.sin(8 * n[..., 0] + 9 * value_noise(lon * 2 + 60, lat * 2 + 60, 5, 13)) * .5 + .5
        return (.35 + .6 * v)[..., None] * np.array([.95, .96, .92])
    if kind == 'stripes':
        return np.where((np.floor(lat * 7) % 2 == 0)[..., None], np.array([.80, .10, .14]), np.array([.94, .92, .86]))
    return np.full(n.shape, .92)


LIGHT = np.array([-.55, .75, -.45])
LIGHT = LIGHT / np.linalg.norm(LIGHT)


def hit(o, d):
    """Nearest hit: distance, id (-1 sky, 0 floor, 1 wall, 2.. spheres)."""
    best, who = np.full(d.shape[:-1], 1e9), np.full(d.shape[:-1], -1)
    with np.errstate(divide='ignore', invalid='ignore'):
        t = -o[..., 1] / d[..., 1]
        take = (t > 1e-4) & (t < best)
        best, who = np.where(take, t, best), np.where(take, 0, who)
        t = (4.0 - o[..., 2]) / d[..., 2]
        y = o[..., 1] + t * d[..., 1]
        x = o[..., 0] + t * d[..., 0]
        take = (t > 1e-4) & (t < best) & (y < 2.6 + .25 * (np.floor(x * 2) % 2)) & (x < 1.6)
        best, who = np.where(take, t, best), np.where(take, 1, who)
    for k, (c, r, _, _) in enumerate(SPHERES):
        oc = o - np.array(c)
        b = (oc * d).sum(-1)
        disc = b * b - (oc * oc).sum(-1) + r * r
        t = -b - np.sqrt(np.maximum(disc, 0))
        take = (disc > 0) & (t > 1e-4) & (t < best)
        best, who = np.where(take, t, best), np.where(take, k + 2, who)
    return best, who


def shade(o, d, depth=2):
    t, who = hit(o, d)
    p = o + np.minimum(t, 1e6)[..., None] * d
    colour = sky(d)
    n = np.zeros_like(d)
    base = np.zeros_like(d)
    mirror = np.zeros(d.shape[:-1])
    n[who == 0], n[who == 1] = (0, 1, 0), (0, 0, -1)
    base = np.where((who == 0)[..., None], floor_colour(p), base)
    base = np.where((who == 1)[..., None], wall_colour(p), base)
    mirror = np.where(who == 0, .12, mirror)
    for k, (c, r, kind, m) in enumerate(SPHERES):
        at = (p - np.array(c)) / r
        n = np.where((who == k + 2)[..., None], at, n)
        base = np.where((who == k + 2)[..., None], sphere_colour(kind, np.nan_to_num(at)), base)
        mirror = np.where(who == k + 2, m, mirror)
    start = p + n * 1e-3
    shadow, _ = hit(start, np.broadcast_to(LIGHT, d.shape))
    lit = np.clip((n * LIGHT).sum(-1), 0, 1) * (shadow > 1e8)
    ambient = .32 + .16 * n[..., 1]
    half = LIGHT - d
    half = half / np.linalg.norm(half, axis=-1, keepdims=True)
    gloss = np.clip((n * half).sum(-1), 0, 1) ** 60 * (shadow > 1e8) * (who >= 2)
    solid = base * (ambient + .85 * lit)[..., None] + .6 * gloss[..., None]
    if depth:
        r = d - 2 * (d * n).sum(-1, keepdims=True) * n
        solid = solid * (1 - mirror)[..., None] + mirror[..., None] * shade(start, r, depth - 1)
    return np.where((who >= 0)[..., None], solid, colour)


def render():
    k = SIZE * SUPER
    v, u = np.mgrid[0:k, 0:k] / k
    target, eye = np.array([.1, .95, .8]), np.array([.2, 1.75, -4.6])
    forward = target - eye
    forward /= np.linalg.norm(forward)
    right = np.cross((0, 1, 0), forward)
    right /= np.linalg.norm(right)
    up = np.cross(forward, right)
    d = forward + (u - .5)[..., None] * .98 * right - (v - .5)[..., None] * .98 * up
    d /= np.linalg.norm(d, axis=-1, keepdims=True)
    c = np.clip(shade(np.broadcast_to(eye, d.shape).copy(), d), 0, 1) ** (1 / 1.9)
    return (c.reshape(SIZE, SUPER, SIZE, SUPER, 3).mean((1, 3)) * 255 + .5).astype(np.uint8)


def degrade(picture):
    """Blur, shrink by 4, sensor noise, JPEG: what the small weights were trained to undo."""
    x = picture.astype(np.float64)
    r = np.arange(-4, 5)
    g = np.exp(-r * r / (2 * 1.3 ** 2))
    g /= g.sum()
    for axis in (0, 1):
        x = np.apply_along_axis(lambda a: np.convolve(np.pad(a, 4, mode='reflect'), g, mode='valid'), axis, x)
    small = np.asarray(Image.fromarray(np.clip(x + .5, 0, 255).astype(np.uint8)).resize((SIZE // 4, SIZE // 4), Image.BICUBIC)).astype(np.float64)
    small += RNG.normal(0, 3.0, small.shape)
    buffer = io.BytesIO()
    Image.fromarray(np.clip(small + .5, 0, 255).astype(np.uint8)).save(buffer, 'JPEG', quality=82)
    return Image.open(buffer).convert('RGB')


if __name__ == '__main__':
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    reference = render()
    Image.fromarray(reference).save(os.path.join(folder, 'scene_reference.png'), optimize=True)
    degrade(reference).save(os.path.join(folder, 'scene.png'), optimize=True)
