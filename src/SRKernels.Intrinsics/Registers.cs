using System.Runtime.InteropServices;

namespace SRKernels.Intrinsics;

/// <summary>Two 32-bit registers of a lane.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Registers2
{
    /// <summary>Register 0.</summary>
    public uint R0;

    /// <summary>Register 1.</summary>
    public uint R1;
}

/// <summary>Four 32-bit registers of a lane.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Registers4
{
    /// <summary>Register 0.</summary>
    public uint R0;

    /// <summary>Register 1.</summary>
    public uint R1;

    /// <summary>Register 2.</summary>
    public uint R2;

    /// <summary>Register 3.</summary>
    public uint R3;
}

/// <summary>The four float accumulators of a lane in a 16x8 product.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Accumulator4
{
    /// <summary>Row lane / 4, column lane % 4 * 2.</summary>
    public float C0;

    /// <summary>Row lane / 4, column lane % 4 * 2 + 1.</summary>
    public float C1;

    /// <summary>Row lane / 4 + 8, column lane % 4 * 2.</summary>
    public float C2;

    /// <summary>Row lane / 4 + 8, column lane % 4 * 2 + 1.</summary>
    public float C3;
}

/// <summary>Two floats, side by side in memory.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float2
{
    /// <summary>First.</summary>
    public float X;

    /// <summary>Second.</summary>
    public float Y;
}

/// <summary>Four floats, side by side in memory.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float4
{
    /// <summary>First.</summary>
    public float X;

    /// <summary>Second.</summary>
    public float Y;

    /// <summary>Third.</summary>
    public float Z;

    /// <summary>Fourth.</summary>
    public float W;
}
