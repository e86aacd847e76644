using System.Diagnostics;

namespace SRKernels.Emulation.Native.Driver;

/// <summary>A mark in a stream: reached when the work before it is done.</summary>
internal sealed class EmulatedEvent(EmulatedContext context, bool timing) : IOwned
{
    private long _reachedAt;
    private int _record;
    private int _reached;
    private EmulatedStream? _pending;

    public EmulatedContext Context { get; } = context;

    public void Record(EmulatedStream stream)
    {
        var record = ++_record;
        if (stream.Capture is null) _pending = stream;
        stream.Submit(() =>
        {
            _reachedAt = Stopwatch.GetTimestamp();
            _reached = record;
            if (record == _record) _pending = null;
        });
    }

    /// <summary>What a stream is given from now on comes after what the event was last recorded after, in whichever stream that was.</summary>
    public void Precede(EmulatedStream stream)
    {
        if (_pending is not { } other || other == stream) return;
        var record = _record;
        stream.Submit(() =>
        {
            while (_reached < record && other.Step())
            {
            }
        });
    }

    /// <summary>Whether it is reached; each question lets its stream do one piece of work, so that asking again gets there.</summary>
    public bool Query()
    {
        if (_pending is { } stream && !stream.Step()) _pending = null;
        return _pending is null;
    }

    public void Wait()
    {
        while (!Query())
        {
        }
    }

    public static float ElapsedMilliseconds(EmulatedEvent start, EmulatedEvent end)
    {
        if (!start.CanTime || !end.CanTime) throw new CuFailure(CuResult.InvalidHandle);
        if (start._pending is not null || end._pending is not null) throw new CuFailure(CuResult.NotReady);
        return (float)((end._reachedAt - start._reachedAt) * 1e3 / Stopwatch.Frequency);
    }

    private bool CanTime => timing && _record > 0;
}
