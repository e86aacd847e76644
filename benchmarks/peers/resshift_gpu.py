"""Our PyTorch definition of the full-size model (resshift_torch.py) on a CUDA GPU, for tools/gpu-check.sh: one line of JSON for each way to run it, as soon
as it is timed. Median of several runs by CUDA events, after one that warms up. Needs torch 2 or later.
usage: resshift_gpu.py [--lines FILE] [--steps 4,15] [--size 64] [--device cuda|cpu] [--config full|tiny] [--repeat 5]"""
import argparse, contextlib, json, sys, time, torch, torch.nn as nn, torch.nn.functional as F
import resshift_torch as resshift

# Name, precision it is compared with, TF32, bf16, channels last, torch.compile; the fastest way of each precision is the rival.
WAYS = [('plain', 'fp32', False, False, False, False), ('tf32', 'tf32', True, False, False, False), ('bf16', 'bf16', True, True, False, False),
        ('bf16 channels last', 'bf16', True, True, True, False), ('tf32 channels last', 'tf32', True, False, True, False),
        ('bf16 channels last, compiled', 'bf16', True, True, True, True), ('tf32 channels last, compiled', 'tf32', True, False, True, True)]

def milliseconds(f, device, repeat):
    f(); times = []
    for _ in range(repeat):
        if device == 'cuda':
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record(); f(); end.record(); torch.cuda.synchronize(); times.append(begin.elapsed_time(end))
        else: b = time.perf_counter(); f(); times.append(1e3 * (time.perf_counter() - b))
    return round(sorted(times)[len(times) // 2], 4)

def networks(config, bf16, channels_last, compiled):
    a, u = (resshift.FULL_AE, resshift.FULL_UNET) if config == 'full' else (resshift.AE, resshift.UNET)
    ae, net = resshift.VQ(a).eval().requires_grad_(False), resshift.UNet(u).eval().requires_grad_(False)
    if bf16:  # the weights once, not at each call as autocast does; norms and softmax stay fp32
        for m in [*ae.modules(), *net.modules()]:
            if isinstance(m, (nn.Conv2d, nn.Linear)): m.bfloat16()
    if channels_last: ae, net = ae.to(memory_format=torch.channels_last), net.to(memory_format=torch.channels_last)
    if compiled: ae.encode, ae.decode, net.forward = torch.compile(ae.encode), torch.compile(ae.decode), torch.compile(net.forward)
    return ae, net

def main():
    ap = argparse.ArgumentParser(); ap.add_argument('--lines'); ap.add_argument('--steps', default='4,15'); ap.add_argument('--size', type=int, default=64)
    ap.add_argument('--device', default='cuda'); ap.add_argument('--config', default='full'); ap.add_argument('--repeat', type=int, default=5); A = ap.parse_args()
    if A.device != 'cpu': torch.set_default_device(A.device)
    torch.set_grad_enabled(False); resshift.norms_in_fp32()
    name = torch.cuda.get_device_name() if A.device == 'cuda' else 'cpu'; print(f'torch {torch.__version__} on {name}', flush=True)
    for how, precision, tf32, bf16, channels_last, compiled in WAYS:
        try:
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32; torch.backends.cudnn.benchmark = True
            ae, net = networks(A.config, bf16, channels_last, compiled)
            x = torch.rand(1, 3, A.size, A.size) * 2 - 1; k = torch.tensor([1])
            if channels_last: x = x.contiguous(memory_format=torch.channels_last)
            with torch.autocast(A.device, dtype=torch.bfloat16) if bf16 else contextlib.nullcontext():
                up = F.interpolate(x, scale_factor=4, mode='bicubic'); z = ae.encode(up).float(); clock = lambda f: milliseconds(f, A.device, A.repeat)
                parts = dict(encodeMilliseconds=clock(lambda: ae.encode(up)), stepMilliseconds=clock(lambda: net(z, k, x)), decodeMilliseconds=clock(lambda: ae.decode(z)))
                for steps in map(int, A.steps.split(',')):
                    chain = resshift.Chain(steps, 0.2 if steps <= 4 else 0.04, 0.99, 2.0, 0.3)
                    row = dict(torch=torch.__version__, device=name, how=how, precision=precision, steps=steps, **parts, runMilliseconds=clock(lambda: resshift.upscale(ae, net, chain, x)))
                    text = json.dumps(row, separators=(',', ':')); print(f"{how:32} {steps:3} steps  {row['runMilliseconds']:10.3f} ms  encode {parts['encodeMilliseconds']} step {parts['stepMilliseconds']} decode {parts['decodeMilliseconds']}", flush=True)
                    if A.lines:
                        with open(A.lines, 'a') as f: f.write(text + '\n')
        except Exception as e:  # one way that does not work leaves the others
            print(f'{how}: left out: {type(e).__name__}: {str(e).splitlines()[0] if str(e) else ""}', flush=True)

if __name__ == '__main__': sys.exit(main())
