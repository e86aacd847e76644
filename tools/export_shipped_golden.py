#!/usr/bin/env python3
"""What PyTorch makes of the shipped weights: the golden of SuperResolverTests.

Runs benchmarks/peers/resshift_torch.py (our own PyTorch definition) on crops of our own sample picture and writes inputs, latents, code
indices and 8-bit results to kernels-tests/Goldens/shipped_tiny_x4.safetensors. Needs Debian's python3-torch, python3-pil and python3-numpy.
usage: tools/export_shipped_golden.py            (from anywhere in the repository)
"""
import json, pathlib, struct, sys
import numpy as np, torch, torch.nn.functional as F
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'benchmarks' / 'peers'))
import resshift_torch as peer

SEED = 12345
# name -> (left, top, width, height) in tools/samples/scene.png: one that is padded, one that is not
CROPS = {'padded': (20, 30, 45, 40), 'square': (60, 20, 32, 32)}


def load():
    autoencoder, network = peer.VQ(peer.AE).eval(), peer.UNet(peer.UNET).eval()
    weights, _ = peer.read_safetensors(ROOT / 'weights' / 'resshift-tiny-x4.safetensors')
    autoencoder.load_state_dict({k[12:]: v.float() for k, v in weights.items() if k.startswith('autoencoder.')})
    missing = network.load_state_dict({k[9:]: v.float() for k, v in weights.items() if k.startswith('denoiser.')}, strict=False)
    assert not missing.unexpected_keys and all('index' in k for k in missing.missing_keys), missing
    return autoencoder, network


def write_safetensors(path, tensors, metadata):
    header, blobs, offset = {'__metadata__': metadata}, [], 0
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        kind = {'float32': 'F32', 'int32': 'I32', 'uint8': 'U8'}[str(array.dtype)]
        header[name] = {'dtype': kind, 'shape': list(array.shape), 'data_offsets': [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def main():
    autoencoder, network = load()
    chain = peer.Chain(**peer.DIFF)
    scene, tensors = Image.open(ROOT / 'tools' / 'samples' / 'scene.png').convert('RGB'), {}
    for name, (left, top, width, height) in CROPS.items():
        picture = np.asarray(scene.crop((left, top, left + width, top + height))).copy()
        x = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255 - 0.5) / 0.5
        padded = F.pad(x, (0, -width % 32, 0, -height % 32), mode='reflect')
        torch.manual_seed(SEED)
        with torch.no_grad():
            zy = autoencoder.encode(F.interpolate(padded, scale_factor=4, mode='bicubic'))
            latent = chain.sample(network, zy, padded)
            decoded, _, indices = autoencoder.decode(latent)
            # second best minus best squared distance: tells a flipped code from an error
            codes, z = autoencoder.quantize.embedding.weight, latent.permute(0, 2, 3, 1).reshape(-1, latent.shape[1])
            nearest = ((z ** 2).sum(1, keepdim=True) + (codes ** 2).sum(1) - 2 * z @ codes.t()).topk(2, largest=False).values
        result = decoded[0, :, :4 * height, :4 * width].clamp(-1, 1) * 0.5 + 0.5
        tensors[f'{name}.lq_u8_rgb'] = picture
        tensors[f'{name}.z_y'] = zy.numpy()
        tensors[f'{name}.z_final'] = latent.numpy()
        tensors[f'{name}.indices'] = indices.view(1, *latent.shape[2:]).numpy().astype(np.int32)
        tensors[f'{name}.index_gap'] = (nearest[:, 1] - nearest[:, 0]).view(1, *latent.shape[2:]).numpy()
        tensors[f'{name}.decoded'] = decoded.numpy()
        tensors[f'{name}.out_u8_rgb'] = (result * 255).round().byte().permute(1, 2, 0).numpy()
    write_safetensors(ROOT / 'kernels-tests' / 'Goldens' / 'shipped_tiny_x4.safetensors', tensors, {
        'seed': str(SEED), 'weights': 'resshift-tiny-x4.safetensors', 'source': 'tools/export_shipped_golden.py', 'torch': torch.__version__})


if __name__ == '__main__':
    main()
