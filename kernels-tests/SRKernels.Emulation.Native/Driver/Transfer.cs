namespace SRKernels.Emulation.Native.Driver;

/// <summary>
/// A copy, with host and device told apart by the address (unified addressing). From pageable host memory the bytes are staged at once; to it the copy has
/// happened when the function returns; pinned memory is read and written when the stream gets there.
/// </summary>
internal static unsafe class Transfer
{
    public static void Copy(ulong to, ulong from, nuint bytes, EmulatedStream stream)
    {
        if (bytes == 0) return;
        Boundary.Require((nint)to, (nint)from);
        if (bytes > (nuint)Array.MaxLength) throw new CuFailure(CuResult.InvalidValue);
        var (target, source) = (Place.Of(to, bytes), Place.Of(from, bytes));
        if (source.IsPageable && stream.Capture is null)
        {
            var staged = new ReadOnlySpan<byte>((void*)from, (int)bytes).ToArray();
            stream.Submit(() => staged.CopyTo(target.Bytes(stream)));
        }
        else
        {
            stream.Submit(() => source.Bytes(stream).CopyTo(target.Bytes(stream)));
        }

        if (target.IsPageable && stream.Capture is null) stream.Drain();
    }

    public static void Fill(ulong to, byte value, nuint bytes, EmulatedStream stream)
    {
        if (bytes == 0) return;
        Boundary.Require((nint)to);
        if (bytes > (nuint)Array.MaxLength) throw new CuFailure(CuResult.InvalidValue);
        var target = Place.Of(to, bytes);
        if (target.IsPageable) throw new CuFailure(CuResult.InvalidValue);
        stream.Submit(() => target.Bytes(stream).Fill(value));
    }

    /// <summary>Refuses an address that is not of a device.</summary>
    public static void RequireDevice(ulong address)
    {
        if (Machine.Running.Owner(address) is null) throw new CuFailure(CuResult.InvalidValue);
    }

    /// <summary>Refuses an address of a device where one of the host belongs.</summary>
    public static void RequireHost(ulong address)
    {
        if (Machine.Running.Owner(address) is not null) throw new CuFailure(CuResult.InvalidValue);
    }

    private readonly record struct Place(EmulatedContext? Owner, ulong Address, nuint Length)
    {
        public bool IsPageable => Owner is null && !Machine.Running.Host.IsPinned(Address, Length);

        public static Place Of(ulong address, nuint bytes)
        {
            var owner = Machine.Running.Owner(address);
            if (owner is not null && !owner.Memory.Contains(address, (long)bytes)) throw new CuFailure(CuResult.InvalidValue);
            return new Place(owner, address, bytes);
        }

        /// <summary>The bytes when the work runs; memory that was freed in the meantime breaks the stream's context.</summary>
        public Span<byte> Bytes(EmulatedStream stream)
        {
            if (Owner is null) return new Span<byte>((void*)Address, (int)Length);
            if (!Owner.IsDestroyed && Owner.Memory.Contains(Address, (long)Length)) return Owner.Memory.Bytes(Address, (long)Length);
            Report.Line($"libcuda (emulated): a copy of {Length} bytes at 0x{Address:x} came after they were freed");
            stream.Context.Break(CuResult.IllegalAddress);
            throw new CuFailure(CuResult.IllegalAddress);
        }
    }
}
