using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Layers;
using SRKernels.Models.Sampling;
using SRKernels.Models.UNet;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>One enlarged picture (or tile) through SR3's whole chain. Tensors in, tensors out, no files, no tiles.</summary>
// Saharia et al. 2021. Algorithm 2; sr3_modules/diffusion.py: GaussianDiffusion @01d27a7.
internal sealed class Sr3Model(Sr3Configuration configuration, WeightScope denoiser) : SuperResolutionModel
{
    // Laying out takes time that grows with the square of the launches: some seconds for so many steps, hours for 2000.
    private const int MostRecordedSteps = 250;

    private readonly Sr3UNet _denoiser = new(denoiser, configuration);

    public override Sr3Configuration Configuration => configuration;

    public Sr3UNet Denoiser => _denoiser;

    public override ITileRun Prepare(int? steps, double? eta = null) => new TileRun(this, DiffusionSchedule.Create(configuration.Schedule, steps, eta ?? 1));

    // Shorter schedules of one's own have the same noise at both ends.
    public override ITileRun PrepareUntrained(int steps) => new TileRun(this, DiffusionSchedule.Create(configuration.Schedule with { Steps = steps }));

    /// <summary>Walks the chain from noise to the picture, in -1..1.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="condition">[n, h, w, 3] in -1..1: the picture at the result's size.</param>
    /// <param name="schedule">Which steps.</param>
    /// <param name="noise">The chain's draws.</param>
    /// <param name="stepDone">Called after each network call; may throw to cancel.</param>
    public Tensor Sample(KernelContext cx, Tensor condition, DiffusionSchedule schedule, ILatentNoise noise, Action<int>? stepDone = null) =>
        Continue(cx, condition, schedule, noise.Draw(cx, condition.Shape), schedule.Steps - 1, noise, stepDone);

    /// <summary>As <see cref="Sample"/>, from the state (given back) that enters a step; the noise is that of the steps from there on.</summary>
    public Tensor Continue(
        KernelContext cx, Tensor condition, DiffusionSchedule schedule, Tensor xt, int step, ILatentNoise noise, Action<int>? stepDone = null)
    {
        condition.Traced(cx, "cond");
        var sampler = new AncestralSampler(schedule);
        using var times = cx.Kind == ExecutionKind.Device ? _denoiser.TimesOf(cx, sampler.NoiseLevels, condition.Shape.N) : null;
        return sampler.Run(cx, xt, step, new ConditionedDenoiser(_denoiser, condition, schedule, times), noise, stepDone);
    }

    public override void Dispose() => _denoiser.Dispose();

    private sealed class TileRun(Sr3Model model, DiffusionSchedule schedule) : ITileRun
    {
        private readonly AncestralSampler _sampler = new(schedule);

        public int NetworkCalls => _sampler.NetworkCalls;

        public int Draws => _sampler.Draws;

        public Tensor Run(KernelContext cx, Tensor tile, Tensor? mask, ILatentNoise noise, Action<UpscaleStage, int> report)
        {
            if (cx.Kind == ExecutionKind.Device && NetworkCalls > MostRecordedSteps)
                throw new SrkException(
                    "steps on a device", $"at most {MostRecordedSteps}, all of which are laid out in its memory before they run", $"{NetworkCalls}",
                    "choose fewer with --steps, or the processor with --device cpu");
            report(UpscaleStage.Encode, 0);
            report(UpscaleStage.Sample, 0);
            var result = model.Sample(cx, tile, schedule, noise, step => report(UpscaleStage.Sample, step));
            report(UpscaleStage.Decode, NetworkCalls);
            return result;
        }
    }

    private sealed class ConditionedDenoiser(Sr3UNet network, Tensor condition, DiffusionSchedule schedule, ChainTime? times) : INoisePredictor
    {
        public Tensor Predict(KernelContext cx, Tensor xt, int step)
        {
            if (times is not null) return network.Forward(cx, condition, xt, times.At(schedule.Steps - 1 - step));
            Span<float> levels = stackalloc float[xt.Shape.N];
            levels.Fill((float)schedule.NoiseLevel[step]);
            using var time = network.TimeOf(cx, levels);
            return network.Forward(cx, condition, xt, time);
        }
    }
}
