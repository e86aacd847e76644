namespace SRKernels.Emulation.Native.Driver;

/// <summary>A kernel of a module, and what it takes to launch it.</summary>
internal sealed class EmulatedFunction(EmulatedModule module, string name) : IOwned
{
    private int? _dynamicSharedBytes;

    public EmulatedContext Context => module.Context;

    public nint Handle { get; set; }

    public int StaticSharedBytes => module.Loaded.StaticSharedBytes(name);

    /// <summary>The most dynamic shared memory of a launch; more than 48 KB with the static part only when it was asked for.</summary>
    public int MostDynamicSharedBytes
    {
        get => _dynamicSharedBytes ?? DeviceLimits.SharedBytesWithoutOptIn - StaticSharedBytes;
        set
        {
            if (value < 0 || value + StaticSharedBytes > Context.Device.Limits.SharedBytesPerBlock) throw new CuFailure(CuResult.InvalidValue);
            _dynamicSharedBytes = value;
        }
    }

    /// <summary>An attribute by its number in cuda.h (CUfunction_attribute).</summary>
    public int Attribute(int attribute) => attribute switch
    {
        0 => module.Loaded.MaxThreadsPerBlock(name),        // MAX_THREADS_PER_BLOCK
        1 => StaticSharedBytes,                             // SHARED_SIZE_BYTES
        2 => 0,                                             // CONST_SIZE_BYTES
        3 => module.Loaded.LocalBytes(name),                // LOCAL_SIZE_BYTES
        4 => 0,                                             // NUM_REGS: the emulator assigns none
        5 or 6 => Context.Device.Limits.Target,             // PTX_VERSION, BINARY_VERSION
        7 => 0,                                             // CACHE_MODE_CA
        8 => MostDynamicSharedBytes,                        // MAX_DYNAMIC_SHARED_SIZE_BYTES
        9 => -1,                                            // PREFERRED_SHARED_MEMORY_CARVEOUT: the driver chooses
        _ => throw new CuFailure(CuResult.InvalidValue),
    };

    public int ResidentBlocks(int threads, nuint dynamicSharedBytes) =>
        dynamicSharedBytes > (nuint)MostDynamicSharedBytes || threads > module.Loaded.MaxThreadsPerBlock(name)
            ? 0
            : Context.Device.Limits.ResidentBlocks(threads, StaticSharedBytes + (int)dynamicSharedBytes);

    /// <summary>Copies the arguments, as the driver does when a launch is queued: from one pointer each.</summary>
    public unsafe byte[] Arguments(void** pointers)
    {
        var parameters = module.Loaded.Parameters(name);
        var bytes = new byte[parameters.Count == 0 ? 0 : parameters[^1].Offset + parameters[^1].Bytes];
        if (bytes.Length > 0) Boundary.Require((nint)pointers);
        for (var i = 0; i < parameters.Count; i++)
        {
            Boundary.Require((nint)pointers[i]);
            new ReadOnlySpan<byte>(pointers[i], parameters[i].Bytes).CopyTo(bytes.AsSpan(parameters[i].Offset));
        }

        return bytes;
    }

    public void Launch(EmulatedStream stream, Extent grid, Extent block, int dynamicSharedBytes, byte[] arguments)
    {
        if (stream.Context != Context) throw new CuFailure(CuResult.InvalidHandle);
        if (dynamicSharedBytes < 0 || dynamicSharedBytes > MostDynamicSharedBytes) throw new CuFailure(CuResult.InvalidValue);
        if (grid is not ({ X: > 0 } and { Y: > 0 and <= 65535 } and { Z: > 0 and <= 65535 })) throw new CuFailure(CuResult.InvalidValue);
        if (block is not ({ X: > 0 and <= 1024 } and { Y: > 0 and <= 1024 } and { Z: > 0 and <= 64 })) throw new CuFailure(CuResult.InvalidValue);
        var threads = (long)block.X * block.Y * block.Z;
        if (threads > DeviceLimits.ThreadsPerBlock) throw new CuFailure(CuResult.InvalidValue);
        if (threads > module.Loaded.MaxThreadsPerBlock(name)) throw new CuFailure(CuResult.LaunchOutOfResources);
        stream.Submit(() => Execute(grid, block, dynamicSharedBytes, arguments));
    }

    private void Execute(Extent grid, Extent block, int dynamicSharedBytes, byte[] arguments)
    {
        var result = module.Loaded.Launch(name, grid, block, dynamicSharedBytes, arguments, Context.Device.Options);
        Report.Findings(result.Findings);
        if (result.Errors.FirstOrDefault() is not { } error) return;
        Context.Break(error.Kind switch
        {
            FindingKind.OutOfBounds => CuResult.IllegalAddress,
            FindingKind.Misaligned => CuResult.MisalignedAddress,
            FindingKind.InstructionLimit => CuResult.LaunchTimeout,
            _ => CuResult.LaunchFailed,
        });
    }
}
