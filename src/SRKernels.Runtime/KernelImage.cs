namespace SRKernels.Runtime;

/// <summary>The language of a kernel's text.</summary>
public enum KernelFormat
{
    /// <summary>NVIDIA PTX, for <see cref="DeviceKind.Cuda"/>.</summary>
    Ptx,

    /// <summary>OpenCL C 1.2, for <see cref="DeviceKind.OpenCl"/>.</summary>
    OpenClC,

    /// <summary>The text of our IR, for <see cref="DeviceKind.Interpreted"/>.</summary>
    Ir,

    /// <summary>No text but the kernel's stable key: the device compiles the method itself (<c>Device.Load</c> of an assembly and a key).</summary>
    Method,
}

/// <summary>What one flattened parameter of a kernel is. A view is a <see cref="Pointer"/> followed by its length as <see cref="Int64"/>.</summary>
public enum KernelParameter : byte
{
    /// <summary>The address of device memory.</summary>
    Pointer,

    /// <summary>8 bits.</summary>
    Int8,

    /// <summary>16 bits, integer or half.</summary>
    Int16,

    /// <summary>32-bit integer.</summary>
    Int32,

    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>32-bit float.</summary>
    Float32,

    /// <summary>64-bit float.</summary>
    Float64,
}

/// <summary>A compiled kernel as text, with all that a device needs to load and launch it.</summary>
/// <param name="Name">Entry point in the text.</param>
/// <param name="Format">Language of the text.</param>
/// <param name="Text">The text.</param>
/// <param name="Parameters">Flattened parameters, in order.</param>
public sealed record KernelImage(string Name, KernelFormat Format, string Text, IReadOnlyList<KernelParameter> Parameters)
{
    /// <summary>For PTX the lowest target it loads on, for example 80 for sm_80; else 0.</summary>
    public int Target { get; init; }

    /// <summary>Most threads per group that it was compiled for; 0 when it says nothing.</summary>
    public int MaxThreads { get; init; }

    /// <summary>Whether it reads dynamic shared memory, whose size each launch says.</summary>
    public bool UsesDynamicShared { get; init; }

    /// <summary>Whether a view is one parameter of 16 bytes in the text, as ILGPU's compiler writes it; ours writes pointer and length.</summary>
    public bool PassesViewsWhole { get; init; }
}
