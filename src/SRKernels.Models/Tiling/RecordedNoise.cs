using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>A chain's draws in a recording, and what a tile brings for them before it runs.</summary>
internal abstract class RecordedNoise : ILatentNoise
{
    /// <summary>Made on the device if <paramref name="draws"/> says which, else drawn by the processor.</summary>
    public static RecordedNoise Of(GpuRecorder recorder, NoiseDraws? draws) =>
        draws is { } counted ? new NoiseOfDevice(recorder, counted) : new UploadedNoise();

    public abstract Tensor Draw(KernelContext cx, Shape latent);

    /// <summary>The chain is recorded: what it does not need any more goes.</summary>
    public abstract void Release();

    /// <summary>Uploads what the next tile's draws are or are made from.</summary>
    /// <param name="program">The recording, made ready.</param>
    /// <param name="host">Where the processor draws.</param>
    /// <param name="noise">The tile's.</param>
    public abstract void Fill(GpuProgram program, KernelContext host, ITileNoise noise);
}

/// <summary>Draws of a generator that goes number by number: the processor's, uploaded.</summary>
internal sealed class UploadedNoise : RecordedNoise
{
    private readonly List<Tensor> _draws = [];

    public override Tensor Draw(KernelContext cx, Shape latent)
    {
        var draw = cx.Gpu.Input(latent);
        _draws.Add(draw);
        // The chain disposes what it draws.
        return GpuRecorder.Again(draw);
    }

    public override void Release()
    {
        // Inputs keep their places: they are filled before the first launch.
    }

    public override void Fill(GpuProgram program, KernelContext host, ITileNoise noise)
    {
        foreach (var place in _draws)
        {
            using var draw = noise.Draw(host, place.Shape);
            program.Upload(place, draw.Span);
        }
    }
}

/// <summary>Draws that follow from a seed and a counter: all of a chain made by one launch, from a few words that each tile uploads.</summary>
internal sealed class NoiseOfDevice(GpuRecorder recorder, NoiseDraws draws) : RecordedNoise
{
    private readonly GpuView _state = recorder.State<int>(default(PhiloxState).Words);
    private DrawnOnDevice? _all;
    private int _next;

    public override Tensor Draw(KernelContext cx, Shape latent)
    {
        _all ??= PhiloxNoise.DrawAllAt(cx, draws, latent.H, latent.W, _state);
        return _all[_next++];
    }

    public override void Release() => _all?.Dispose();

    public override void Fill(GpuProgram program, KernelContext host, ITileNoise noise) => program.Upload<int>(_state, noise.State(draws).Words);
}
