using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Planning;

/// <summary>What one tile takes on its way through the networks.</summary>
/// <param name="Encode">What comes before the steps.</param>
/// <param name="Step">One run of the network of the steps.</param>
/// <param name="Decode">What comes after them.</param>
internal sealed record TileCost(NetworkCost Encode, NetworkCost Step, NetworkCost Decode)
{
    // A worker's stack, its share of the maps that attention rents for each worker, and what the runtime keeps of a thread.
    private const long WorkerBytes = 384 << 10;

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
