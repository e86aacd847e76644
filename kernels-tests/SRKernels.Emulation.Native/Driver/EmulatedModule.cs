namespace SRKernels.Emulation.Native.Driver;

/// <summary>A module in a context.</summary>
internal sealed class EmulatedModule(EmulatedContext context, LoadedPtxModule loaded) : IOwned
{
    private readonly Dictionary<string, EmulatedFunction> _functions = new(StringComparer.Ordinal);

    public EmulatedContext Context { get; } = context;

    public LoadedPtxModule Loaded { get; } = loaded;

    /// <summary>Parses text and puts it on the device; what is wrong goes to the log.</summary>
    public static EmulatedModule Load(EmulatedContext context, string text, JitLog log)
    {
        try
        {
            var parsed = PtxModule.Parse(text);
            if (parsed.Target > context.Device.Limits.Target)
            {
                log.Error($"the module is for sm_{parsed.Target}, the device is sm_{context.Device.Limits.Target}");
                throw new CuFailure(CuResult.NoBinaryForGpu);
            }

            log.Information($"PTX emulator: {string.Join(", ", parsed.Kernels)} for sm_{parsed.Target} on sm_{context.Device.Limits.Target}");
            return new EmulatedModule(context, parsed.Load(context.Memory));
        }
        catch (Syntax.PtxException e)
        {
            log.Error(e.Message);
            throw new CuFailure(CuResult.InvalidPtx);
        }
    }

    /// <summary>The function of a name; asked again, the same.</summary>
    public nint Function(string name)
    {
        if (!Loaded.Has(name)) throw new CuFailure(CuResult.NotFound);
        if (!_functions.TryGetValue(name, out var function))
        {
            _functions.Add(name, function = new EmulatedFunction(this, name));
            function.Handle = Machine.Running.Add(function);
        }

        return function.Handle;
    }

    public void Unload()
    {
        Context.Drain();
        Machine.Running.Remove(this);
        foreach (var function in _functions.Values) Machine.Running.Remove(function);
        Loaded.Dispose();
    }
}
