using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
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

    /// <summary>Kernels on a device: ops only record what is to run.</summary>
    Device,
}

/// <summary>
/// Where ops run and where their memory comes from: every op's <c>Apply</c> takes one and switches on <see cref="Kind"/>.
/// </summary>
/// <remarks>One context runs one network at a time; make one for each image that is worked on side by side.</remarks>
public sealed class KernelContext : IDisposable
{
    private readonly GpuEngine? _engine;
    private readonly GpuRecorder? _gpu;

    /// <summary>Creates a context on the processor.</summary>
    /// <param name="kind">Which bodies run.</param>
    /// <param name="threads">Worker threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    public KernelContext(ExecutionKind kind = ExecutionKind.Cpu, int threads = 0)
    {
        Kind = kind;
        Workers = new Workers(threads);
        Scratch = new ScratchArena(Workers.Count);
    }

    /// <summary>A context that records for a device.</summary>
    /// <param name="gpu">What takes the launches down.</param>
    /// <param name="engine">Where <see cref="Read"/> runs them; null: nowhere.</param>
    internal KernelContext(GpuRecorder gpu, GpuEngine? engine)
        : this(ExecutionKind.Device, threads: 1)
    {
        (_gpu, _engine) = (gpu, engine);
    }

    /// <summary>Which bodies run.</summary>
    public ExecutionKind Kind { get; }

    /// <summary>What takes launches down; for <see cref="ExecutionKind.Device"/> only.</summary>
    internal GpuRecorder Gpu => _gpu ?? throw new InvalidOperationException($"KernelContext: expected a context of a device, got one of kind {Kind}");

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

    /// <summary>The tile and splits of every convolution on a device; tests force each.</summary>
    internal TilePlan? ForcedTile { get; init; }

    /// <summary>The vectors that the kernels are instantiated for; tests set narrower ones.</summary>
    internal SimdWidth Width { get; init; } = SimdWidths.Best;

    /// <summary>Stops a running network before its next op; whoever sets it takes the memory back with <see cref="TensorPool.Reclaim"/>.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Takes an uninitialised activation from the pool.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Rent(Shape shape)
    {
        Cancellation.ThrowIfCancellationRequested();
        return _gpu is null ? Pool.Rent(shape) : _gpu.Rent(shape);
    }

    /// <summary>Takes an uninitialised activation from the pool.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Tensor Rent(int n, int h, int w, int c) => Rent(new Shape(n, h, w, c));

    /// <summary>A tensor with these elements, wherever the context's ops run.</summary>
    /// <param name="values">NHWC.</param>
    /// <param name="shape">Its extents.</param>
    public Tensor Upload(ReadOnlySpan<float> values, Shape shape)
    {
        if (_gpu is not null) return _gpu.Upload(values, shape);
        var tensor = Rent(shape);
        Expect.Length(nameof(Upload), tensor.Span.Length, values.Length, "values");
        values.CopyTo(tensor.Span);
        return tensor;
    }

    /// <summary>A tensor's elements, NHWC. On a device this runs all that was recorded so far, from the beginning.</summary>
    public float[] Read(Tensor tensor)
    {
        if (_gpu is null) return tensor.Span.ToArray();
        if (_engine is null) throw new InvalidOperationException("KernelContext.Read: expected a context with a device, got one that only records");
        float[] values = [];
        _gpu.Fetch<float>(GpuView.Of(tensor), v => values = v.ToArray());
        try
        {
            using var program = new GpuProgram(_engine, _gpu);
            program.Run(Cancellation);
        }
        finally
        {
            _gpu.DropLastFetch();
        }

        return values;
    }

    /// <summary>Shows a tensor to the trace, on a device after the run.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="tensor">The tensor.</param>
    public void Show(string name, Tensor tensor)
    {
        if (Trace is not { } trace) return;
        if (_gpu is null)
        {
            trace.Record(name, tensor.Shape, tensor.Span);
            return;
        }

        var shape = tensor.Shape;
        _gpu.Fetch<float>(GpuView.Of(tensor), values => trace.Record(name, shape, values));
    }

    /// <summary>Stops the threads and frees the memory.</summary>
    public void Dispose()
    {
        Workers.Dispose();
        Pool.Dispose();
        Scratch.Dispose();
    }
}
