namespace SRKernels.Emulation.Native.Driver;

/// <summary>What else may be called while a graph is captured (cuda.h, CUstreamCaptureMode).</summary>
internal enum CaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>A capture that is open.</summary>
internal sealed class StreamCapture(CaptureMode mode, int thread)
{
    public CaptureMode Mode { get; } = mode;

    public int Thread { get; } = thread;

    public List<Action> Work { get; } = [];

    public bool IsInvalid { get; set; }

    /// <summary>
    /// Refuses what an open capture forbids beside its stream (allocating, freeing, waiting for the context): in the global mode to every thread, in the
    /// thread-local mode to its own.
    /// </summary>
    public static void ThrowIfUnsafe(EmulatedContext context)
    {
        foreach (var stream in context.Streams)
        {
            if (stream.Capture is not { } capture || capture.Mode == CaptureMode.Relaxed) continue;
            if (capture.Mode == CaptureMode.Global || capture.Thread == Environment.CurrentManagedThreadId) stream.ThrowIfCapturing();
        }
    }
}

/// <summary>Work that was captured, in its order.</summary>
internal sealed class EmulatedGraph(EmulatedContext context, Action[] work) : IOwned
{
    public EmulatedContext Context { get; } = context;

    public Action[] Work { get; } = work;
}

/// <summary>A graph ready to launch; it outlives the one that it was made of.</summary>
internal sealed class ExecutableGraph(EmulatedGraph graph) : IOwned
{
    public EmulatedContext Context => graph.Context;

    public void Launch(EmulatedStream stream)
    {
        foreach (var work in graph.Work) stream.Submit(work);
    }
}
