namespace SRKernels.Emulation.Native.Driver;

/// <summary>One device of the emulated machine: its attributes, its memory's size, its primary context.</summary>
internal sealed class EmulatedDevice(int ordinal, int target, long memoryBytes, EmulatorOptions checks)
{
    private EmulatedContext? _primary;
    private int _retained;

    public int Ordinal { get; } = ordinal;

    public DeviceLimits Limits { get; } = DeviceLimits.Of(target);

    public long MemoryBytes { get; } = memoryBytes;

    /// <summary>How its launches are checked.</summary>
    public EmulatorOptions Options { get; } = checks with { DeviceTarget = target };

    public string Name => $"PTX emulator sm_{Limits.Target} (no hardware)";

    /// <summary>All contexts on this device that were not destroyed.</summary>
    public List<EmulatedContext> Contexts { get; } = [];

    public long FreeBytes => MemoryBytes - Contexts.Sum(c => c.Memory.UsedBytes);

    public EmulatedContext RetainPrimary()
    {
        _primary ??= new EmulatedContext(this) { IsPrimary = true };
        _retained++;
        return _primary;
    }

    public void ReleasePrimary()
    {
        if (_primary is null) throw new CuFailure(CuResult.InvalidContext);
        if (--_retained > 0) return;
        _primary.Destroy();
        _primary = null;
    }

    /// <summary>An attribute by its number in cuda.h (CUdevice_attribute). Those that are not named here are 0: a thing this device cannot do or have.</summary>
    public int Attribute(int attribute) => attribute switch
    {
        1 => DeviceLimits.ThreadsPerBlock,                  // MAX_THREADS_PER_BLOCK
        2 or 3 => 1024,                                     // MAX_BLOCK_DIM_X, Y
        4 => 64,                                            // MAX_BLOCK_DIM_Z
        5 => int.MaxValue,                                  // MAX_GRID_DIM_X
        6 or 7 => 65535,                                    // MAX_GRID_DIM_Y, Z
        8 => DeviceLimits.SharedBytesWithoutOptIn,          // MAX_SHARED_MEMORY_PER_BLOCK
        9 => 64 * 1024,                                     // TOTAL_CONSTANT_MEMORY
        10 => 32,                                           // WARP_SIZE
        11 => int.MaxValue,                                 // MAX_PITCH
        12 or 82 => DeviceLimits.Registers,                 // MAX_REGISTERS_PER_BLOCK, PER_MULTIPROCESSOR
        13 or 36 => 1_000_000,                              // CLOCK_RATE, MEMORY_CLOCK_RATE, kHz: a number to divide by, no claim
        14 => 512,                                          // TEXTURE_ALIGNMENT
        15 or 31 or 40 => 1,                                // GPU_OVERLAP, CONCURRENT_KERNELS, ASYNC_ENGINE_COUNT
        16 => 1,                                            // MULTIPROCESSOR_COUNT: blocks run one after the other
        19 => 1,                                            // CAN_MAP_HOST_MEMORY: the address, though no kernel can use it
        33 => Ordinal + 1,                                  // PCI_BUS_ID
        37 => 256,                                          // GLOBAL_MEMORY_BUS_WIDTH
        38 => 4 * 1024 * 1024,                              // L2_CACHE_SIZE
        39 => Limits.Threads,                               // MAX_THREADS_PER_MULTIPROCESSOR
        41 => 1,                                            // UNIFIED_ADDRESSING
        75 => Limits.Target / 10,                           // COMPUTE_CAPABILITY_MAJOR
        76 => Limits.Target % 10,                           // COMPUTE_CAPABILITY_MINOR
        78 => 1,                                            // STREAM_PRIORITIES_SUPPORTED
        81 => Limits.SharedBytes,                           // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
        91 => 1,                                            // CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM
        97 => Limits.SharedBytesPerBlock,                   // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
        99 => 1,                                            // HOST_REGISTER_SUPPORTED
        106 => Limits.Blocks,                               // MAX_BLOCKS_PER_MULTIPROCESSOR
        111 => Limits.SharedReserved,                       // RESERVED_SHARED_MEMORY_PER_BLOCK
        115 => 1,                                           // MEMORY_POOLS_SUPPORTED
        >= 1 and < 150 => 0,
        _ => throw new CuFailure(CuResult.InvalidValue),
    };
}
