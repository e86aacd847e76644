namespace SRKernels.Emulation.Native.Driver;

/// <summary>
/// A context: an address space with its memory, streams, modules and events, and the error that broke it. Work is queued on its streams and runs when
/// something waits for it, so that a program that forgets to wait sees stale data here on every run.
/// </summary>
internal sealed class EmulatedContext
{
    // Device addresses lie above what a kernel's windows and below what a 64-bit host program's memory ever takes, each context in its own part:
    // a copy tells host from device by the address alone, and a kernel that is given another context's memory is found.
    private const ulong FirstBase = 0x0100_0000_0000;
    private const ulong BaseStep = 0x0100_0000_0000;
    private const int MostContexts = 48;

    private static readonly bool[] s_taken = new bool[MostContexts];

    private readonly Dictionary<int, EmulatedStream> _perThread = [];
    private readonly Dictionary<ulong, long> _live = [];
    private readonly ulong _base;
    private CuResult _broken;

    public EmulatedContext(EmulatedDevice device)
    {
        Device = device;
        var place = Array.IndexOf(s_taken, false);
        if (place < 0) throw new CuFailure(CuResult.OutOfMemory);
        s_taken[place] = true;
        _base = FirstBase + ((ulong)place * BaseStep);
        Memory = new EmulatedMemory { FirstAddress = _base };
        Legacy = new EmulatedStream(this, StreamKind.Legacy);
        Streams.Add(Legacy);
        device.Contexts.Add(this);
        Handle = Machine.Running.Add(this);
    }

    public EmulatedDevice Device { get; }

    public nint Handle { get; }

    public EmulatedMemory Memory { get; }

    public EmulatedStream Legacy { get; }

    /// <summary>All streams, in order of creation.</summary>
    public List<EmulatedStream> Streams { get; } = [];

    public bool IsPrimary { get; init; }

    public bool IsDestroyed { get; private set; }

    /// <summary>As set; it changes nothing here.</summary>
    public int CacheConfiguration { get; set; }

    /// <summary>As set; it changes nothing here.</summary>
    public int SharedConfiguration { get; set; }

    public bool IsBroken => _broken != CuResult.Success;

    /// <summary>Whether an address is of this context's address space, allocated or not.</summary>
    public bool Holds(ulong address) => address >= _base && address < _base + BaseStep;

    public void ThrowIfBroken()
    {
        if (IsBroken) throw new CuFailure(_broken);
    }

    /// <summary>From now on every function answers with this.</summary>
    public void Break(CuResult code)
    {
        if (!IsBroken) _broken = code;
    }

    /// <summary>The stream of a handle: 0 and 1 are the legacy default stream, 2 is the calling thread's own.</summary>
    public EmulatedStream Stream(nint handle)
    {
        switch (handle)
        {
            case 0 or 1:
                return Legacy;
            case 2:
                if (!_perThread.TryGetValue(Environment.CurrentManagedThreadId, out var own))
                {
                    _perThread.Add(Environment.CurrentManagedThreadId, own = new EmulatedStream(this, StreamKind.Blocking));
                    Streams.Add(own);
                }

                return own;
            default:
                var stream = Machine.Running.Get<EmulatedStream>(handle);
                return stream.Context == this ? stream : throw new CuFailure(CuResult.InvalidHandle);
        }
    }

    public void Drain()
    {
        foreach (var stream in Streams.ToArray()) stream.Drain();
    }

    public ulong Allocate(nuint bytes)
    {
        if (bytes == 0) throw new CuFailure(CuResult.InvalidValue);
        if (bytes > (nuint)Array.MaxLength || (long)bytes > Device.FreeBytes) throw new CuFailure(CuResult.OutOfMemory);
        var address = Memory.Allocate((long)bytes);
        _live.Add(address, (long)bytes);
        return address;
    }

    /// <summary>Takes an allocation out of those that may be freed; <see cref="EmulatedMemory.Free"/> follows when the work before it is done.</summary>
    public void StartFree(ulong address)
    {
        if (!_live.Remove(address)) throw new CuFailure(CuResult.InvalidValue);
    }

    /// <summary>Start and length of the allocation around an address.</summary>
    public (ulong Start, long Bytes)? Allocation(ulong address)
    {
        foreach (var (start, bytes) in _live)
            if (address >= start && address < start + (ulong)bytes) return (start, bytes);
        return null;
    }

    public void Destroy()
    {
        foreach (var stream in Streams) stream.Abandon();
        IsDestroyed = true;
        s_taken[(int)((_base - FirstBase) / BaseStep)] = false;
        Device.Contexts.Remove(this);
        Machine.Running.RemoveAll(this);
    }
}
