"""SR3 in PyTorch, our own definition, for speed and numbers side by side. Parameter names follow the published checkpoints. Runs on torch 1.13 (Debian) and later.
usage: sr3_torch.py check --weights FILE.safetensors --golden FILE.safetensors --network JSON [--diffusion JSON]     (a trace or a chain of kernels-tests/Goldens)
       sr3_torch.py flops --config 16_128|64_512
       sr3_torch.py export --config 16_128|64_512 --weights FILE.safetensors --out FILE.onnx
       sr3_torch.py serve --config 16_128|64_512 --weights FILE.safetensors --input FILE.f32 --level L --threads N [--channels-last]     (speaks as rival_torch.py does)"""
import argparse, inspect, json, math, os, sys, time, warnings, numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from resshift_torch import read_safetensors

OPSET = 16  # what PyTorch 1.13 writes at best
CONFIGS = {'16_128': dict(image_size=128, inner_channel=64, channel_mults=(1, 2, 4, 8, 8), attn_res=(16,), res_blocks=2, norm_groups=32),
           '64_512': dict(image_size=512, inner_channel=64, channel_mults=(1, 2, 4, 8, 16), attn_res=(), res_blocks=1, norm_groups=16)}

class Embedding(nn.Module):
    def __init__(s, c): super().__init__(); s.half = c // 2
    def forward(s, level):
        e = level.view(-1, 1) * torch.exp(-math.log(1e4) * torch.arange(s.half, dtype=torch.float32, device=level.device) / s.half)
        return torch.cat([e.sin(), e.cos()], 1)

def block(i, o, g):
    m = nn.Module(); m.block = nn.Sequential(nn.GroupNorm(g, i), nn.SiLU(), nn.Identity(), nn.Conv2d(i, o, 3, 1, 1)); return m

class Res(nn.Module):
    def __init__(s, i, o, e, g):
        super().__init__(); s.noise_func = nn.Module(); s.noise_func.noise_func = nn.Sequential(nn.Linear(e, o)); s.block1, s.block2 = block(i, o, g), block(o, o, g)
        if i != o: s.res_conv = nn.Conv2d(i, o, 1)
    def forward(s, x, e):
        h = s.block1.block(x) + s.noise_func.noise_func(e)[:, :, None, None]
        return s.block2.block(h) + (s.res_conv(x) if hasattr(s, 'res_conv') else x)

class Attn(nn.Module):
    def __init__(s, c, g): super().__init__(); s.norm, s.qkv, s.out = nn.GroupNorm(g, c), nn.Conv2d(c, 3 * c, 1, bias=False), nn.Conv2d(c, c, 1)
    def forward(s, x):
        n, c, h, w = x.shape; q, k, v = s.qkv(s.norm(x)).flatten(2).chunk(3, 1)
        return x + s.out((v @ torch.softmax(q.transpose(1, 2) @ k / math.sqrt(c), -1).transpose(1, 2)).view(n, c, h, w))

class Block(nn.Module):
    def __init__(s, i, o, e, g, attends):
        super().__init__(); s.res_block = Res(i, o, e, g)
        if attends: s.attn = Attn(o, g)
    def forward(s, x, e): h = s.res_block(x, e); return s.attn(h) if hasattr(s, 'attn') else h

class Resize(nn.Module):
    def __init__(s, c, up): super().__init__(); s.up = up; s.conv = nn.Conv2d(c, c, 3, 1 if up else 2, 1)
    def forward(s, x, e): return s.conv(F.interpolate(x, scale_factor=2.0, mode='nearest') if s.up else x)

class UNet(nn.Module):
    def __init__(s, image_size, inner_channel, channel_mults, attn_res, res_blocks, norm_groups, **_):
        super().__init__(); c, g = inner_channel, norm_groups; s.noise_level_mlp = nn.Sequential(Embedding(c), nn.Linear(c, 4 * c), nn.SiLU(), nn.Linear(4 * c, c))
        downs, chans, ch, last = [nn.Conv2d(6, c, 3, 1, 1)], [c], c, len(channel_mults) - 1
        for l, m in enumerate(channel_mults):
            for _ in range(res_blocks): downs.append(Block(ch, c * m, c, g, image_size >> l in attn_res)); ch = c * m; chans.append(ch)
            if l < last: downs.append(Resize(ch, False)); chans.append(ch)
        s.mid = nn.ModuleList([Block(ch, ch, c, g, True), Block(ch, ch, c, g, False)]); ups = []
        for l in range(last, -1, -1):
            for _ in range(res_blocks + 1): ups.append(Block(ch + chans.pop(), c * channel_mults[l], c, g, image_size >> l in attn_res)); ch = c * channel_mults[l]
            if l: ups.append(Resize(ch, True))
        s.downs, s.ups, s.final_conv = nn.ModuleList(downs), nn.ModuleList(ups), block(ch, 3, g)
    def forward(s, x, level):
        e, hs, h = s.noise_level_mlp(level), [], x
        for l in s.downs: h = l(h, e) if not isinstance(l, nn.Conv2d) else l(h); hs.append(h)
        for l in s.mid: h = l(h, e)
        for l in s.ups: h = l(h if isinstance(l, Resize) else torch.cat([h, hs.pop()], 1), e)
        return s.final_conv.block(h)

def sample(net, cond, noise, n_timestep, linear_start, linear_end):
    """The ancestral chain of a linear schedule; noise: the draws in their order."""
    b = torch.linspace(linear_start, linear_end, n_timestep, dtype=torch.float64); a = torch.cumprod(1 - b, 0); p = torch.cat([torch.ones(1, dtype=torch.float64), a[:-1]])
    var = (b * (1 - p) / (1 - a)).clamp(min=1e-20).log().float(); noise = iter(noise); x = next(noise)
    for t in reversed(range(n_timestep)):
        eps = net(torch.cat([cond, x], 1), a[t].sqrt().float().expand(x.shape[0]))
        x0 = ((1 / a[t]).sqrt().float() * x - (1 / a[t] - 1).sqrt().float() * eps).clamp(-1, 1)
        x = (b[t] * p[t].sqrt() / (1 - a[t])).float() * x0 + ((1 - p[t]) * (1 - b[t]).sqrt() / (1 - a[t])).float() * x
        if t: x = x + (0.5 * var[t]).exp() * next(noise)
    return x

def load(net, path):
    """The network's own names, or behind denoise_fn.; buffers of the schedule are passed over."""
    tensors = read_safetensors(path)[0]; prefix = 'denoise_fn.' if any(k.startswith('denoise_fn.') for k in tensors) else ''
    net.load_state_dict({k[len(prefix):]: v.float() for k, v in tensors.items() if k.startswith(prefix)})
    return net.eval().requires_grad_(False)

def check(A):
    net = load(UNet(**json.loads(A.network)), A.weights); g, _ = read_safetensors(A.golden, extra={'U8': torch.uint8, 'I32': torch.int32})
    if 'x' in g: actual, expected = net(g['x'], g['noise_level'].view(-1)), g['out']
    else:
        d = json.loads(A.diffusion); draws = [g['noise.init']] + [g[f'noise.t{t}'] for t in range(d['n_timestep'] - 1, 0, -1)]
        actual, expected = sample(net, g['cond'], draws, d['n_timestep'], d['linear_start'], d['linear_end']), g['sample.t0']
    nmse = (((actual - expected) ** 2).sum() / (expected ** 2).sum()).item(); print(f'NMSE {nmse:.2e}'); assert nmse <= 1e-7, nmse

def flops(A):
    total, c = [0], CONFIGS[A.config]; net = UNet(**c).to('meta')
    def count(m, inputs, y):
        if isinstance(m, nn.Conv2d): total[0] += 2 * y.numel() * m.in_channels * m.kernel_size[0] ** 2
        elif isinstance(m, nn.Linear): total[0] += 2 * y.numel() * m.in_features
        elif isinstance(m, Attn): total[0] += 4 * y.shape[0] * (y.shape[2] * y.shape[3]) ** 2 * y.shape[1]
    for m in net.modules(): m.register_forward_hook(count)
    side = c['image_size']; net(torch.zeros(1, 6, side, side, device='meta'), torch.ones(1, device='meta')); print(total[0])

def export(A):
    net = load(UNet(**CONFIGS[A.config]), A.weights); side = CONFIGS[A.config]['image_size']; torch.set_num_threads(1); warnings.filterwarnings('ignore')
    legacy = {'dynamo': False} if 'dynamo' in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(net, (torch.zeros(1, 6, side, side), torch.ones(1)), A.out + '.part', opset_version=OPSET, input_names=['x', 'level'], output_names=['y'], **legacy)
    os.replace(A.out + '.part', A.out)  # a name that is there is a whole graph

def serve(A):
    net, side = load(UNet(**CONFIGS[A.config]), A.weights), CONFIGS[A.config]['image_size']; torch.set_num_threads(int(A.threads))
    x, level, y = torch.from_numpy(np.fromfile(A.input, np.float32)).view(1, 6, side, side), torch.tensor([float(A.level)]), None
    if A.channels_last: net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    print('ready', torch.__version__, flush=True)
    for line in sys.stdin:
        command, *rest = line.rstrip().split(" ", 1)
        if command == 'run': wall, cpu = time.perf_counter(), time.process_time(); y = net(x, level); print('ok', time.perf_counter() - wall, time.process_time() - cpu, flush=True)
        elif command == 'write': y.contiguous().numpy().astype(np.float32).tofile(rest[0]); print('ok', flush=True)
        elif command == 'peak': print('ok', next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM:')), flush=True)
        else: break

def main():
    ap = argparse.ArgumentParser(); ap.add_argument('what', choices=('check', 'flops', 'export', 'serve')); ap.add_argument('--channels-last', action='store_true')
    for name in ('weights', 'golden', 'network', 'diffusion', 'config', 'out', 'input', 'level', 'threads'): ap.add_argument('--' + name)
    A = ap.parse_args(); torch.set_grad_enabled(False); dict(check=check, flops=flops, export=export, serve=serve)[A.what](A)

if __name__ == '__main__': main()
