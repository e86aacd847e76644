using System.Runtime.InteropServices;

namespace SRKernels.Emulation.Native.Driver;

/// <summary>Host memory that is pinned: allocated here, or registered by the program. Only copies of it are asynchronous.</summary>
internal sealed unsafe class HostMemory
{
    private const int PageBytes = 4096;

    private readonly Dictionary<nint, (nuint Bytes, bool Own)> _ranges = [];

    public nint Allocate(nuint bytes)
    {
        if (bytes == 0) throw new CuFailure(CuResult.InvalidValue);
        var address = (nint)NativeMemory.AlignedAlloc(bytes, PageBytes);
        _ranges.Add(address, (bytes, true));
        return address;
    }

    public void Free(nint address)
    {
        if (!_ranges.TryGetValue(address, out var range) || !range.Own) throw new CuFailure(CuResult.InvalidValue);
        _ranges.Remove(address);
        NativeMemory.AlignedFree((void*)address);
    }

    public void Register(nint address, nuint bytes)
    {
        if (address == 0 || bytes == 0) throw new CuFailure(CuResult.InvalidValue);
        if (_ranges.Any(r => (nuint)r.Key < (nuint)address + bytes && (nuint)address < (nuint)r.Key + r.Value.Bytes))
            throw new CuFailure(CuResult.HostMemoryAlreadyRegistered);
        _ranges.Add(address, (bytes, false));
    }

    public void Unregister(nint address)
    {
        if (!_ranges.TryGetValue(address, out var range) || range.Own) throw new CuFailure(CuResult.HostMemoryNotRegistered);
        _ranges.Remove(address);
    }

    public bool IsPinned(ulong address, nuint bytes) =>
        _ranges.Any(r => address >= (ulong)r.Key && address + bytes <= (ulong)r.Key + r.Value.Bytes);
}
