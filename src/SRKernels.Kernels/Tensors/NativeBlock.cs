using Microsoft.Win32.SafeHandles;

namespace SRKernels.Kernels.Tensors;

/// <summary>A piece of native memory that is freed once, by who disposes it or else by its finaliser.</summary>
internal sealed unsafe class NativeBlock : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Takes memory; uninitialised.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="hugePages">Asks for 2 MiB pages.</param>
    public NativeBlock(long bytes, bool hugePages = false)
        : base(ownsHandle: true)
    {
        Bytes = bytes;
        SetHandle((nint)LargeMemory.Allocate(bytes, hugePages));
    }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>The first element. Not looked at again: whoever hands it out sees to it that the block lives.</summary>
    public float* Data => (float*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LargeMemory.Free((void*)handle, Bytes);
        return true;
    }
}
