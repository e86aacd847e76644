using SRKernels.Kernels.Tensors;
using SRKernels.Models.Configuration;
using SRKernels.Models.Tiling;

namespace SRKernels.Models.Planning;

/// <summary>What one tile takes on its way through the networks.</summary>
/// <param name="Encode">Enlarging and encoding.</param>
/// <param name="Step">One run of the denoiser.</param>
/// <param name="Decode">Decoding.</param>
internal sealed record TileCost(NetworkCost Encode, NetworkCost Step, NetworkCost Decode)
{
    // A worker's stack, its share of the maps that attention rents for each worker, and what the runtime keeps of a thread.
    private const long WorkerBytes = 384 << 10;

    /// <summary>Of the tiles of a cut.</summary>
    public static TileCost Of(ModelConfiguration m, TilePlan tiles)
    {
        var (height, width) = tiles.NetworkInput;
        return new TileCost(NetworkCost.Encoder(m, height, width), NetworkCost.Denoiser(m, height, width), NetworkCost.Decoder(m, height, width));
    }

    /// <summary>The most bytes of activations at one time.</summary>
    public long PeakBytes => Math.Max(Encode.PeakBytes, Math.Max(Step.PeakBytes, Decode.PeakBytes));

    /// <summary>Arithmetic of one tile.</summary>
    public double Flops(int networkCalls) => Encode.Flops + (networkCalls * Step.Flops) + Decode.Flops;

    /// <summary>What the processor holds: activations, what the pool keeps of them for the next layer, and what the ops work in.</summary>
    public long HeldBytes(int workers)
    {
        var (shared, worker) = (0L, 0L);
        foreach (var network in new[] { Encode, Step, Decode })
        {
            var (networkShared, networkWorker) = network.ScratchBytes(workers);
            (shared, worker) = (Math.Max(shared, networkShared), Math.Max(worker, networkWorker));
        }

        return (long)(PeakBytes * TensorPool.MostHeld) + shared + (workers * (worker + WorkerBytes));
    }
}
