namespace SRKernels.Emulation.Native.Driver;

/// <summary>The emulated machine: its devices, every handle that was given out, the host memory that is pinned.</summary>
internal sealed class Machine
{
    private static Machine? s_running;

    private readonly Dictionary<nint, object> _handles = [];
    private nint _nextHandle = 0x10000;

    private Machine(Settings settings) =>
        Devices = [.. settings.Targets.Select((target, i) => new EmulatedDevice(i, target, settings.MemoryBytes, settings.Checks))];

    /// <summary>The machine that cuInit started.</summary>
    public static Machine Running => s_running ?? throw new CuFailure(CuResult.NotInitialized);

    public IReadOnlyList<EmulatedDevice> Devices { get; }

    public HostMemory Host { get; } = new();

    public static void Start()
    {
        if (s_running is not null) return;
        if (Settings.Read(out var problem) is not { } settings)
        {
            Report.Line(problem);
            throw new CuFailure(CuResult.SystemNotReady);
        }

        Report.LogFile = settings.LogFile;
        s_running = new Machine(settings);
    }

    public EmulatedDevice Device(int ordinal) =>
        (uint)ordinal < (uint)Devices.Count ? Devices[ordinal] : throw new CuFailure(CuResult.InvalidDevice);

    /// <summary>A handle that was never given out before, so that one that is used too late is found.</summary>
    public nint Add(object value)
    {
        _handles.Add(_nextHandle, value);
        return (_nextHandle += 0x10) - 0x10;
    }

    public T Get<T>(nint handle, CuResult otherwise = CuResult.InvalidHandle)
        where T : class => _handles.TryGetValue(handle, out var found) && found is T value ? value : throw new CuFailure(otherwise);

    public void Remove(object value)
    {
        foreach (var entry in _handles.Where(h => ReferenceEquals(h.Value, value)).ToArray()) _handles.Remove(entry.Key);
    }

    public nint HandleOf(object value) => _handles.FirstOrDefault(h => ReferenceEquals(h.Value, value)).Key;

    /// <summary>Forgets all that belongs to a context.</summary>
    public void RemoveAll(EmulatedContext context)
    {
        foreach (var entry in _handles.Where(h => h.Value == context || (h.Value is IOwned owned && owned.Context == context)).ToArray())
            _handles.Remove(entry.Key);
    }

    /// <summary>The context in whose address space a device address lies, or null for one of the host.</summary>
    public EmulatedContext? Owner(ulong address)
    {
        foreach (var device in Devices)
            foreach (var context in device.Contexts)
                if (context.Holds(address)) return context;
        return null;
    }
}

/// <summary>What has a handle and ends with its context.</summary>
internal interface IOwned
{
    EmulatedContext Context { get; }
}
