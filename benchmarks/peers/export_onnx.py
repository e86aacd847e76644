"""ONNX graphs of ResShift's three networks (encoder, one denoiser step, decoder with its code book), from resshift_torch.py's definition and given weights.
Needs PyTorch 1.13 or newer; 1.13 writes ONNX by itself, newer ones may ask for the package onnx.
usage: export_onnx.py --config tiny|full --weights FILE.safetensors --size 64 --out FOLDER"""
import argparse, inspect, os, warnings, torch, torch.nn as nn
import resshift_torch as resshift

SCALE = 4
OPSET = 16  # what PyTorch 1.13 writes at best

def load_networks(config, weights):
    """The autoencoder and the denoiser with the weights of a safetensors file of both."""
    a, u = (resshift.FULL_AE, resshift.FULL_UNET) if config == 'full' else (resshift.AE, resshift.UNET)
    ae, net = resshift.VQ(a).eval().requires_grad_(False), resshift.UNet(u).eval().requires_grad_(False)
    tensors, _ = resshift.read_safetensors(weights)
    of = lambda prefix: {k[len(prefix):]: v.float() for k, v in tensors.items() if k.startswith(prefix)}
    ae.load_state_dict(of('autoencoder.'))
    missing = net.load_state_dict(of('denoiser.'), strict=False)
    assert not missing.unexpected_keys and all('index' in k for k in missing.missing_keys), missing
    return ae, net

class Encode(nn.Module):
    def __init__(s, ae): super().__init__(); s.ae = ae
    def forward(s, image): return s.ae.encode(image)

class Decode(nn.Module):
    def __init__(s, ae): super().__init__(); s.ae = ae
    def forward(s, latent): return s.ae.decode(latent)[0]

def export(network, inputs, names, path):
    # Newer versions trace by another exporter, which needs packages of its own; the old one is asked for where there are two.
    legacy = {'dynamo': False} if 'dynamo' in inspect.signature(torch.onnx.export).parameters else {}
    with torch.no_grad(): torch.onnx.export(network, inputs, path + '.part', opset_version=OPSET, input_names=names, output_names=['y'], **legacy)
    os.replace(path + '.part', path)  # a name that is there is a whole graph

def main():
    ap = argparse.ArgumentParser(); ap.add_argument('--config', default='full'); ap.add_argument('--weights', required=True)
    ap.add_argument('--size', type=int, default=64); ap.add_argument('--out', required=True); A = ap.parse_args()
    warnings.filterwarnings('ignore')  # tracing warns of every shape that it fixes, and all are meant to be fixed
    torch.set_num_threads(1)  # threads that wait for each other make tracing minutes long where others work beside
    torch.manual_seed(1); ae, net = load_networks(A.config, A.weights); os.makedirs(A.out, exist_ok=True)
    latent = torch.randn(1, 3, A.size, A.size); image = torch.rand(1, 3, SCALE * A.size, SCALE * A.size) * 2 - 1
    export(Encode(ae), (image,), ['image'], os.path.join(A.out, 'encode.onnx'))
    export(net, (latent, torch.tensor([1]), latent), ['x', 't', 'lq'], os.path.join(A.out, 'step.onnx'))
    export(Decode(ae), (latent,), ['latent'], os.path.join(A.out, 'decode.onnx'))

if __name__ == '__main__': main()
