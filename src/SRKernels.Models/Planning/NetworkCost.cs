using SRKernels.Kernels.Convolution;

namespace SRKernels.Models.Planning;

/// <summary>
/// What running a network takes, from its configuration alone: the most activation bytes at one time and the arithmetic. Whoever adds it up follows the
/// layers' <c>Forward</c> methods line by line; all counts are of floats.
/// </summary>
internal sealed class NetworkCost
{
    private readonly HashSet<(double Pixels, int In, int Out)> _convolutions = [];
    private double _held;

    /// <summary>The most bytes of activations at one time.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Floating-point operations, multiply and add counted apart.</summary>
    public double Flops { get; private set; }

    /// <summary>What its convolutions work in on the processor, at most: bytes that all workers see, and bytes of each worker's own.</summary>
    public (long Shared, long Worker) ScratchBytes(int workers)
    {
        var (shared, worker) = (0L, 0L);
        foreach (var (pixels, inChannels, outChannels) in _convolutions)
        {
            // Of stride 1 or 2: not told apart here.
            var plain = Conv2d.ScratchBytes((long)pixels, inChannels, outChannels, step: 1, workers);
            var strided = Conv2d.ScratchBytes((long)pixels, inChannels, outChannels, step: 2, workers);
            shared = Math.Max(shared, plain.Shared);
            worker = Math.Max(worker, Math.Max(plain.Worker, strided.Worker));
        }

        return (shared, worker);
    }

    /// <summary>Floats that stay while layers run: skips, conditions.</summary>
    public void Hold(double floats) => _held += floats;

    /// <summary>Floats that are given back.</summary>
    public void Release(double floats) => _held -= floats;

    /// <summary>A residual block. Input, first norm and first convolution; or input, second norm, (shortcut,) second convolution.</summary>
    public void Residual(int inChannels, int outChannels, double pixels)
    {
        var shortcut = inChannels == outChannels ? 0 : outChannels;
        Live(pixels * Math.Max((2 * inChannels) + outChannels, inChannels + (2 * outChannels) + shortcut));
        Arithmetic(pixels, inChannels, outChannels, 9);
        Arithmetic(pixels, outChannels, outChannels, 9);
        if (shortcut > 0) Arithmetic(pixels, inChannels, outChannels, 1);
    }

    /// <summary>Attention of all positions to all, with its norm and four products.</summary>
    public void Attention(int channels, double pixels)
    {
        Live(pixels * channels * 5);
        Arithmetic(pixels, channels, 4 * channels, 1);
        Flops += 4 * pixels * pixels * channels;
    }

    /// <summary>A convolution by itself.</summary>
    public void Conv(double pixels, int inChannels, int outChannels, int taps)
    {
        Live(pixels * (inChannels + outChannels));
        Arithmetic(pixels, inChannels, outChannels, taps);
    }

    /// <summary>The arithmetic of a convolution whose memory another line counts.</summary>
    public void Arithmetic(double pixels, int inChannels, int outChannels, int taps)
    {
        Flops += 2 * pixels * inChannels * outChannels * taps;
        if (taps > 1) _convolutions.Add((pixels, inChannels, outChannels));
    }

    /// <summary>Arithmetic that is no convolution.</summary>
    public void Add(double flops) => Flops += flops;

    /// <summary>So many floats beside what is held.</summary>
    public void Live(double floats) => PeakBytes = Math.Max(PeakBytes, (long)((_held + floats) * sizeof(float)));
}
