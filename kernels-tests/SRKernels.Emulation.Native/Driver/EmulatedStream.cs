namespace SRKernels.Emulation.Native.Driver;

internal enum StreamKind
{
    /// <summary>The default stream: waits for all blocking ones, and they wait for it.</summary>
    Legacy,

    Blocking,

    NonBlocking,
}

/// <summary>Work in order. It runs when something waits for it; while a graph is captured it is only written down.</summary>
internal sealed class EmulatedStream(EmulatedContext context, StreamKind kind) : IOwned
{
    // A program may queue for ever without waiting; so much is done at once, as a device would.
    private const int MostQueued = 256;

    private readonly Queue<Action> _work = new();

    public EmulatedContext Context { get; } = context;

    /// <summary>The graph that this stream's work goes into, or null.</summary>
    public StreamCapture? Capture { get; private set; }

    public bool IsIdle => _work.Count == 0;

    public void Submit(Action work)
    {
        if (Capture is { } capture)
        {
            capture.Work.Add(work);
            return;
        }

        WaitForOthers();
        if (_work.Count >= MostQueued) Drain();
        _work.Enqueue(work);
    }

    public void BeginCapture(CaptureMode mode)
    {
        if (kind == StreamKind.Legacy) throw new CuFailure(CuResult.StreamCaptureUnsupported);
        if (Capture is not null) throw new CuFailure(CuResult.InvalidValue);
        WaitForOthers();
        Capture = new StreamCapture(mode, Environment.CurrentManagedThreadId);
    }

    public EmulatedGraph EndCapture()
    {
        if (Capture is not { } capture) throw new CuFailure(CuResult.InvalidValue);
        if (capture.Mode != CaptureMode.Relaxed && capture.Thread != Environment.CurrentManagedThreadId) throw new CuFailure(CuResult.InvalidValue);
        Capture = null;
        if (capture.IsInvalid) throw new CuFailure(CuResult.StreamCaptureInvalidated);
        return new EmulatedGraph(Context, [.. capture.Work]);
    }

    /// <summary>Refuses what has no place in a graph, and spoils the graph that is being captured.</summary>
    public void ThrowIfCapturing()
    {
        if (Capture is not { } capture) return;
        capture.IsInvalid = true;
        throw new CuFailure(CuResult.StreamCaptureUnsupported);
    }

    public void Drain()
    {
        while (Step())
        {
        }
    }

    /// <summary>Does the next piece of work; false when there is none. A broken context does no more.</summary>
    public bool Step()
    {
        if (!_work.TryDequeue(out var work)) return false;
        if (!Context.IsBroken) work();
        return true;
    }

    public void Abandon()
    {
        _work.Clear();
        Capture = null;
    }

    private void WaitForOthers()
    {
        if (kind == StreamKind.NonBlocking) return;
        if (kind == StreamKind.Blocking)
        {
            Context.Legacy.Drain();
            return;
        }

        foreach (var other in Context.Streams.Where(s => s.IsBlocking).ToArray())
        {
            if (other.Capture is { } capture)
            {
                capture.IsInvalid = true;
                throw new CuFailure(CuResult.StreamCaptureImplicit);
            }

            other.Drain();
        }
    }

    private bool IsBlocking => kind == StreamKind.Blocking;
}
