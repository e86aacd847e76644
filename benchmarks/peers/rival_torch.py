"""PyTorch as a rival of the command `rivals` of SRKernels.Benchmarks: reads a command a line from stdin and answers each in a line, as
Rivals/ContenderLoop.cs does. Commands: `run PART` -> `ok SECONDS PROCESSOR_SECONDS`, `write FILE` -> `ok`, `peak` -> `ok KIB`, `quit`.
usage: rival_torch.py --config tiny|full --weights FILE --inputs FOLDER --size 64 --steps 4 --threads 2 --seed 12345 [--channels-last]"""
import argparse, os, sys, time, numpy as np, torch, torch.nn.functional as F
import resshift_torch as resshift
from export_onnx import SCALE, load_networks

def peak_kib():
    # Not getrusage: its maximum is inherited from whoever started us.
    with open('/proc/self/status') as status: return next(int(l.split()[1]) for l in status if l.startswith('VmHWM:'))

def main():
    ap = argparse.ArgumentParser(); ap.add_argument('--config', default='full'); ap.add_argument('--weights', required=True); ap.add_argument('--inputs', required=True)
    ap.add_argument('--size', type=int, default=64); ap.add_argument('--steps', type=int, default=4); ap.add_argument('--threads', type=int, default=2)
    ap.add_argument('--seed', type=int, default=12345); ap.add_argument('--channels-last', action='store_true'); A = ap.parse_args()
    torch.set_num_threads(A.threads); torch.set_grad_enabled(False)
    ae, net = load_networks(A.config, A.weights)
    if A.channels_last: ae, net = ae.to(memory_format=torch.channels_last), net.to(memory_format=torch.channels_last)
    def read(name, side): return torch.from_numpy(np.fromfile(os.path.join(A.inputs, name), np.float32)).view(1, 3, side, side)
    picture, image, latent = read('picture.f32', A.size), read('enlarged.f32', SCALE * A.size), read('latent.f32', A.size)
    chain = resshift.Chain(A.steps, 0.2 if A.steps == 4 else 0.04, 0.99, 2.0, 0.3); t = torch.tensor([1])
    # randn_like would draw in the order of a channels-last latent: other numbers at the same place.
    def whole(): torch.manual_seed(A.seed); return resshift.upscale(ae, net, chain, picture, lambda z: torch.randn(z.shape))
    parts = dict(encode=lambda: ae.encode(image), step=lambda: net(latent, t, picture), decode=lambda: ae.decode(latent)[0], whole=whole)
    print('ready', torch.__version__, flush=True); result = None
    for line in sys.stdin:
        command, *rest = line.rstrip().split(" ", 1)
        if command == 'run':
            wall, cpu = time.perf_counter(), time.process_time(); result = parts[rest[0]](); print('ok', time.perf_counter() - wall, time.process_time() - cpu, flush=True)
        elif command == 'write': result.contiguous().numpy().astype(np.float32).tofile(rest[0]); print('ok', flush=True)
        elif command == 'peak': print('ok', peak_kib(), flush=True)
        else: break

if __name__ == '__main__': main()
