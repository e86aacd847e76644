using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels;

/// <summary>Which of an op's bodies runs.</summary>
public enum ExecutionKind
{
    /// <summary>The plain loops that define each op: slow, the yardstick.</summary>
    Reference,

    /// <summary>SIMD and threads on the processor.</summary>
    Cpu,
}

/// <summary>
/// Where ops run and where their memory comes from: every op's <c>Apply</c> takes one and switches on <see cref="Kind"/>.
/// </summary>
/// <remarks>One context runs one network at a time; make one for each image that is worked on side by side.</remarks>
public sealed class KernelContext : IDisposable
{
    /// <summary>Creates a context on the processor.</summary>
    /// <param name="kind">Which bodies run.</param>
    /// <param name="threads">Worker threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    public KernelContext(ExecutionKind kind = ExecutionKind.Cpu, int threads = 0)
    {
        Kind = kind;
        Workers = new Workers(threads);
        Scratch = new ScratchArena(Workers.Count);
    }

    /// <summary>Which bodies run.</summary>
    public ExecutionKind Kind { get; }

    /// <summary>The threads of the <see cref="ExecutionKind.Cpu"/> bodies.</summary>
    public Workers Workers { get; }

    /// <summary>Where activations come from.</summary>
    public TensorPool Pool { get; } = new();

    /// <summary>Who sees the named intermediate tensors, or null.</summary>
    public ITensorTrace? Trace { get; set; }

    /// <summary>What ops need while they run.</summary>
    internal ScratchArena Scratch { get; }

    /// <summary>The decomposition of every convolution; tests force each.</summary>
    internal ConvolutionPath ForcedPath { get; init; }

    /// <summary>The vectors that the kernels are instantiated for; tests set narrower ones.</summary>
    internal SimdWidth Width { get; init; } = SimdWidths.Best;

    /// <summary>Stops a running network before its next op; whoever sets it takes the memory back with <see cref="TensorPool.Reclaim"/>.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Takes an uninitialised activation from the pool.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Rent(Shape shape)
    {
        Cancellation.ThrowIfCancellationRequested();
        return Pool.Rent(shape);
    }

    /// <summary>Takes an uninitialised activation from the pool.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Rent(int n, int h, int w, int c) => Rent(new Shape(n, h, w, c));

    /// <summary>Stops the threads and frees the memory.</summary>
    public void Dispose()
    {
        Workers.Dispose();
        Pool.Dispose();
        Scratch.Dispose();
    }
}
