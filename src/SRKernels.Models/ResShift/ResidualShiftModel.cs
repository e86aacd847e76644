using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Layers;
using SRKernels.Models.Sampling;
using SRKernels.Models.UNet;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;

namespace SRKernels.Models.ResShift;

/// <summary>
/// One picture (or tile) through the whole method: encode, walk the chain back, decode.
/// </summary>
// Yue, Wang, Loy. ResShift. 2023. Figure 2; sampler.py: ResShiftSampler.sample_func @3ce1d81.
internal sealed class ResidualShiftModel : SuperResolutionModel
{
    private readonly SwinUNet _denoiser;
    private readonly VqAutoencoder _autoencoder;

    public ResidualShiftModel(ResShiftConfiguration configuration, WeightScope denoiser, WeightScope autoencoder)
    {
        Configuration = configuration;
        _autoencoder = new VqAutoencoder(autoencoder, configuration.Autoencoder);
        _denoiser = new SwinUNet(denoiser, configuration.Denoiser);
    }

    public override ResShiftConfiguration Configuration { get; }

    public VqAutoencoder Autoencoder => _autoencoder;

    public SwinUNet Denoiser => _denoiser;

    public override ITileRun Prepare(int? steps, double? eta = null)
    {
        var diffusion = Configuration.Diffusion;
        return new TileRun(this, Chain.Create(steps is null || steps == diffusion.Steps ? diffusion : diffusion with { Respacing = steps }));
    }

    // The published schedules: of 4 steps with more noise left at the first, of 15 with less.
    public override ITileRun PrepareUntrained(int steps) =>
        new TileRun(this, Chain.Create(Configuration.Diffusion with { Steps = steps, MinNoiseLevel = steps <= 4 ? 0.2 : 0.04 }));

    /// <summary>The latent of the padded low-quality picture at the result's size; [n, h, w, 3] to [n, h s/f, w s/f, embed].</summary>
    public Tensor Encode(KernelContext cx, Tensor y0)
    {
        using var enlarged = Configuration.Scale == 1 ? null : BicubicResize.Apply(cx, y0, Configuration.Scale).Traced(cx, "y_bicubic");
        using var latent = _autoencoder.Encode(cx, enlarged ?? y0);
        FiniteCheck.Check(cx, latent, "the encoder's latent");
        return Scale.Multiply(cx, latent, (float)Configuration.Diffusion.ScaleFactor).Traced(cx, "z_y");
    }

    /// <summary>Walks the chain from the low-quality picture's latent to the restored one's.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="zy">From <see cref="Encode"/>.</param>
    /// <param name="condition">The padded picture (and mask), [n, h, w, 3 or 4].</param>
    /// <param name="chain">Which chain.</param>
    /// <param name="noise">Its draws.</param>
    /// <param name="stepDone">Called after each network call; may throw to cancel.</param>
    public Tensor Sample(
        KernelContext cx, Tensor zy, Tensor condition, IChain chain, ILatentNoise noise, Action<int>? stepDone = null)
    {
        var features = _denoiser.Condition(cx, condition);
        using var times = cx.Kind == ExecutionKind.Device ? _denoiser.TimesOf(cx, chain.Timesteps, zy.Shape.N) : null;
        try
        {
            return chain.Run(cx, zy, new ConditionedDenoiser(_denoiser, features, times), noise, stepDone).Traced(cx, "z_final");
        }
        finally
        {
            if (features != condition) features.Dispose();
        }
    }

    /// <summary>The picture of a latent, each position replaced by its nearest code first; not clamped.</summary>
    public Tensor Decode(KernelContext cx, Tensor latent)
    {
        using var z = Scale.Divide(cx, latent, (float)Configuration.Diffusion.ScaleFactor);
        var image = _autoencoder.Decode(cx, z);
        FiniteCheck.Check(cx, image, "the decoder's picture");
        return image;
    }

    public override void Dispose()
    {
        _denoiser.Dispose();
        _autoencoder.Dispose();
    }

    private sealed class TileRun(ResidualShiftModel model, IChain chain) : ITileRun
    {
        public int NetworkCalls => chain.NetworkCalls;

        public int Draws => chain.Draws;

        public Tensor Run(KernelContext cx, Tensor tile, Tensor? mask, ILatentNoise noise, Action<UpscaleStage, int> report)
        {
            report(UpscaleStage.Encode, 0);
            using var zy = model.Encode(cx, tile);
            report(UpscaleStage.Sample, 0);
            using var condition = mask is null ? null : Concat.Apply(cx, tile, mask);
            using var latent = model.Sample(cx, zy, condition ?? tile, chain, noise, step => report(UpscaleStage.Sample, step));
            report(UpscaleStage.Decode, NetworkCalls);
            return model.Decode(cx, latent);
        }
    }

    private sealed class ConditionedDenoiser(SwinUNet network, Tensor features, ChainTime? times) : IDenoiser
    {
        private int _step;

        public Tensor Predict(KernelContext cx, Tensor scaled, int timestep)
        {
            if (times is not null) return network.Forward(cx, scaled, times.At(_step++), features);
            Span<float> timesteps = stackalloc float[scaled.Shape.N];
            timesteps.Fill(timestep);
            return network.Forward(cx, scaled, timesteps, features);
        }
    }
}
