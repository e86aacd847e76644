using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.UNet;
using SRKernels.Models.Weights;

namespace SRKernels.Models.ResShift;

/// <summary>Swin blocks between two 1x1 convolutions; the result replaces the input, nothing is added around the whole.</summary>
// ResShift's models/swin_transformer.py: BasicLayer @3ce1d81.
internal sealed class SwinLayer : ITimedLayer
{
    private readonly string _name;
    private readonly ConvLayer _patchEmbed;
    private readonly GroupNormLayer? _embedNorm;
    private readonly ConvLayer _patchUnembed;
    private readonly GroupNormLayer? _unembedNorm;

    public SwinLayer(WeightScope w, SwinShape s)
    {
        _name = w.Path;
        _patchEmbed = new ConvLayer(w["patch_embed.proj"], s.Channels, s.EmbedDim, 1);
        Blocks = new SwinBlock[s.Depth];
        for (var b = 0; b < s.Depth; b++)
            Blocks[b] = new SwinBlock(w[$"blocks.{b}"], s, s.Shifted && b % 2 == 1 ? s.Window / 2 : 0);
        _patchUnembed = new ConvLayer(w["patch_unembed.proj"], s.EmbedDim, s.Channels, 1);
        if (!s.PatchNorm) return;
        _embedNorm = new GroupNormLayer(w["patch_embed.norm"], s.EmbedDim, s.Groups, s.NormEps);
        _unembedNorm = new GroupNormLayer(w["patch_unembed.norm"], s.Channels, s.Groups, s.NormEps);
    }

    /// <summary>The layer of a denoiser's level.</summary>
    public SwinLayer(WeightScope w, UNetConfiguration u, int level, int channels)
        : this(w, new SwinShape(
            channels, u.SwinEmbedDim, u.NumHeads, u.WindowAt(level), u.SwinDepth, Shifted: u.ShiftAt(level, 1) > 0,
            u.MlpHidden, u.PatchNorm, u.Groups, u.NormEps))
    {
    }

    internal SwinBlock[] Blocks { get; }

    public Tensor Forward(KernelContext cx, Tensor x, StepTime time) => Forward(cx, x);

    public Tensor Forward(KernelContext cx, Tensor x)
    {
        var h = _patchEmbed.Forward(cx, x);                           // [n, h, w, e]
        h = _embedNorm?.Consume(cx, h) ?? h;
        h.Traced(cx, $"{_name}.patch_embed");
        foreach (var block in Blocks)
        {
            var next = block.Forward(cx, h);
            h.Dispose();
            h = next;
        }

        h = _patchUnembed.Consume(cx, h);                             // [n, h, w, c]
        h = _unembedNorm?.Consume(cx, h) ?? h;
        return h.Traced(cx, _name);
    }

    public void Dispose()
    {
        _patchEmbed.Dispose();
        foreach (var block in Blocks) block.Dispose();
        _patchUnembed.Dispose();
    }
}
