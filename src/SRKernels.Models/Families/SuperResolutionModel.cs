using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Families;

/// <summary>A model with its weights.</summary>
internal abstract class SuperResolutionModel : IDisposable
{
    /// <summary>What it is.</summary>
    public abstract ModelConfiguration Configuration { get; }

    /// <summary>Makes ready what runs each tile of a picture.</summary>
    /// <param name="steps">So many steps of the chain, evenly chosen; null: all.</param>
    /// <param name="eta">How much noise each step adds, of what the chain itself would; null: all of it. Only where <see cref="ModelConfiguration.TakesEta"/>.</param>
    public abstract ITileRun Prepare(int? steps, double? eta = null);

    /// <summary>For measuring: a chain of any number of steps, though the model was trained for another.</summary>
    public virtual ITileRun PrepareUntrained(int steps) => Prepare(steps);

    public abstract void Dispose();
}

/// <summary>The way of one tile through all networks of a model. Tensors in, tensors out: no files, no tiles.</summary>
internal interface ITileRun
{
    /// <summary>How often the network of its steps runs.</summary>
    int NetworkCalls { get; }

    /// <summary>How many draws of noise one tile takes.</summary>
    int Draws { get; }

    /// <summary>Runs, or on a device's recording context records, everything.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="tile">[n, h, w, 3] in -1..1, enlarged by <see cref="TileGeometry.InputScale"/>; stays the caller's.</param>
    /// <param name="mask">[n, h, w, 1], or null.</param>
    /// <param name="noise">Its draws.</param>
    /// <param name="report">
    /// Told of <see cref="UpscaleStage.Encode"/> first, of <see cref="UpscaleStage.Sample"/> before the steps with 0 and after each with how many are done, and of
    /// <see cref="UpscaleStage.Decode"/> after the last draw; may throw to cancel.
    /// </param>
    /// <returns>[n, h s, w s, 3], not yet limited to -1..1.</returns>
    Tensor Run(KernelContext cx, Tensor tile, Tensor? mask, ILatentNoise noise, Action<UpscaleStage, int> report);
}
