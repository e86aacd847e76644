"""Times every distinct convolution and linear layer of the pipeline in PyTorch, in the better of its two layouts.
usage: conv_torch.py shapes PEER.py > conv_shapes.csv       lists the shapes of resshift_torch.py's networks (small and full size)
       conv_torch.py time conv_shapes.csv [--repeat 10] [--threads 2] [--model full|tiny] [--cpu-time] > conv_torch.json"""
import sys, csv, json, time, argparse, collections, importlib.util, torch, torch.nn as nn, torch.nn.functional as F

FIELDS = 'model stage kernel cin cout stride padding upsample h w count'.split()

def load(path):
    spec = importlib.util.spec_from_file_location('peer', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def shapes(peer):
    out = csv.writer(sys.stdout)
    out.writerow(FIELDS)
    for model, ae, unet, size in (('full', peer.FULL_AE, peer.FULL_UNET, 64), ('tiny', peer.AE, peer.UNET, 128)):
        vq, net, seen = peer.VQ(ae).eval(), peer.UNet(unet).eval(), collections.Counter()
        ups = {id(m.conv) for m in list(vq.modules()) + list(net.modules()) if isinstance(m, (peer.Up, peer.UpS))}
        stage = ['']
        def note(m, args, y):
            x = args[0]
            if isinstance(m, nn.Linear):
                seen[stage[0], 1, m.in_features, m.out_features, 1, 'same', 0, 1, x.numel() // m.in_features] += 1
            else:
                k, s = m.kernel_size[0], m.stride[0]
                seen[stage[0], k, m.in_channels, m.out_channels, s, 'br' if s == 2 and m.padding[0] == 0 else 'same', int(id(m) in ups), y.shape[2], y.shape[3]] += 1
        for m in list(vq.modules()) + list(net.modules()):
            if isinstance(m, (nn.Conv2d, nn.Linear)): m.register_forward_hook(note)
        with torch.no_grad():
            lq = torch.rand(1, 3, size, size)
            stage[0] = 'encode'; z = vq.encode(F.interpolate(lq, scale_factor=4, mode='bicubic'))
            stage[0] = 'step'; net(z, torch.tensor([1]), lq)
            stage[0] = 'decode'; vq.decode(z)
        for key, count in seen.items(): out.writerow([model, *key, count])

clock = time.perf_counter

def best(f, repeat):
    f()
    times = []
    for _ in range(repeat):
        begin = clock(); f(); times.append(clock() - begin)
    return min(times)

def measure(row, repeat):
    k, ci, co, s, h, w = (int(row[n]) for n in ('kernel', 'cin', 'cout', 'stride', 'h', 'w'))
    if h == 1 and k == 1:
        layer, x = nn.Linear(ci, co), torch.rand(w, ci) - .5
        return best(lambda: layer(x), repeat)
    up, br = row['upsample'] == '1', row['padding'] == 'br'
    layer = nn.Conv2d(ci, co, k, s, 0 if br else k // 2)
    x = torch.rand(1, ci, h * s // (2 if up else 1), w * s // (2 if up else 1)) - .5
    def run(x, layer):
        if up: x = F.interpolate(x, scale_factor=2.0, mode='nearest')
        return layer(F.pad(x, (0, 1, 0, 1)) if br else x)
    contiguous = best(lambda: run(x, layer), repeat)
    x, layer = x.contiguous(memory_format=torch.channels_last), layer.to(memory_format=torch.channels_last)
    return min(contiguous, best(lambda: run(x, layer), repeat))

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('what', choices=('shapes', 'time')); ap.add_argument('file')
    ap.add_argument('--repeat', type=int, default=10); ap.add_argument('--threads', type=int, default=2); ap.add_argument('--model')
    ap.add_argument('--cpu-time', action='store_true', help='with one thread: processor time, which a busy machine does not stretch')
    a = ap.parse_args()
    if a.cpu_time: global clock; clock = time.process_time
    torch.set_num_threads(a.threads)
    if a.what == 'shapes': return shapes(load(a.file))
    rows = []
    with torch.no_grad():
        for row in csv.DictReader(open(a.file)):
            if a.model and row['model'] != a.model: continue
            row['ms'] = round(1e3 * measure(row, a.repeat), 4)
            rows.append(row); print(row['model'], row['stage'], row['kernel'], row['cin'], row['cout'], row['h'], row['w'], row['ms'], file=sys.stderr)
    json.dump(dict(torch=torch.__version__, threads=a.threads, rows=rows), sys.stdout, indent=0)

if __name__ == '__main__': main()
