namespace SRKernels.Emulation;

/// <summary>Three extents; the missing ones are 1.</summary>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>One extent alone.</summary>
    public static implicit operator Extent(int x) => new(x);
}

/// <summary>What an emulated launch looks for; everything, by default.</summary>
public sealed record EmulatorOptions
{
    /// <summary>Look for races in shared memory (costs about as much as the access itself).</summary>
    public bool CheckRaces { get; init; } = true;

    /// <summary>Look for registers, shared and local bytes that are read before they are written.</summary>
    public bool CheckUninitialised { get; init; } = true;

    /// <summary>Count bank conflicts of shared accesses.</summary>
    public bool CountBankConflicts { get; init; } = true;

    /// <summary>Warp instructions per launch after which the emulator takes it for an infinite loop.</summary>
    public long InstructionLimit { get; init; } = 1_000_000_000;

    /// <summary>The target of the device, 80 for sm_80, whose limits hold for the launch; null: that of the module. A module may be for an older one.</summary>
    public int? DeviceTarget { get; init; }
}
