using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>Loads and stores of all spaces, with vectors. Cache hints and orders change nothing here.</summary>
internal static class MemoryFamily
{
    private const string Types = "(.b8 .u8 .s8 .b16 .u16 .s16 .b32 .u32 .s32 .f32 .b64 .u64 .s64 .f64)";
    private const string Hints =
        "[.L1::evict_normal .L1::evict_unchanged .L1::evict_first .L1::evict_last .L1::no_allocate] [.L2::64B .L2::128B .L2::256B]";

    internal static Exec Nothing { get; } = (_, _, _) => { };

    internal static OpRow[] Rows { get; } =
    [
        new($"ld [.weak .volatile] [.global .shared .local .const .param] [.ca .cg .cs .lu .cv] {Hints} [.v2 .v4] {Types}",
            "=Vx0+ addr", Load, check: Size),
        new($"ld (.relaxed .acquire) (.cta .gpu .sys) [.global .shared] {Hints} [.v2 .v4] {Types}", "=Vx0+ addr", Load, check: Size),
        new($"ld .global [.ca .cg .cs] .nc {Hints} [.v2 .v4] {Types}", "=Vx0+ addr", Load, check: Size),
        new($"st [.weak .volatile] [.global .shared .local] [.wb .cg .cs .wt] {Hints} [.v2 .v4] {Types}", "addr Vx0+", Store, check: Size),
        new($"st (.relaxed .release) (.cta .gpu .sys) [.global .shared] {Hints} [.v2 .v4] {Types}", "addr Vx0+", Store, check: Size),
        new("prefetch [.global .local] (.L1 .L2)", "addr", _ => Nothing),
    ];

    internal static string? Size(OpMatch m) => m.VectorCount * m.Type.Bytes() > 16 ? "expected at most 128 bits" : null;

    /// <summary>The address of each lane by an address slot.</summary>
    internal static void Addresses(Warp warp, Slot slot, Span<ulong> addresses)
    {
        if (slot.Index < 0)
        {
            addresses.Fill((ulong)slot.Offset);
            return;
        }

        var row = warp.Row(slot.Index);
        for (var lane = 0; lane < 32; lane++) addresses[lane] = row[lane] + (ulong)slot.Offset;
    }

    private static Exec Load(OpMatch m)
    {
        var (space, type, count) = (m.Space, m.Type, m.VectorCount);
        var size = type.Bytes();
        return (warp, ins, mask) =>
        {
            Span<ulong> addresses = stackalloc ulong[32];
            Addresses(warp, ins.Slots[count], addresses);
            if (space == StateSpace.Shared) warp.CountBanks(ins, addresses, mask, size * count);
            var first = warp.Row(ins.D);
            var keep = ins.Slots[0].Type.Mask();
            for (var left = mask; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                var bytes = warp.Access(ins, lane, space, addresses[lane], size * count, AccessKind.Read);
                first[lane] = bytes.IsEmpty ? 0 : type.Extend(Get(bytes, 0, size)) & keep;
                for (var i = 1; i < count; i++)
                {
                    var slot = ins.Slots[i];
                    warp.Row(slot.Index)[lane] = bytes.IsEmpty ? 0 : type.Extend(Get(bytes, i * size, size)) & slot.Type.Mask();
                }
            }
        };
    }

    private static Exec Store(OpMatch m)
    {
        var (space, type, count) = (m.Space, m.Type, m.VectorCount);
        var size = type.Bytes();
        return (warp, ins, mask) =>
        {
            Span<ulong> addresses = stackalloc ulong[32];
            Span<byte> value = stackalloc byte[16];
            Addresses(warp, ins.Slots[0], addresses);
            if (space == StateSpace.Shared) warp.CountBanks(ins, addresses, mask, size * count);
            for (var left = mask; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                for (var i = 0; i < count; i++) Put(value, i * size, size, warp.Row(ins.Slots[1 + i].Index)[lane]);
                var incoming = value[..(size * count)];
                var bytes = warp.Access(ins, lane, space, addresses[lane], incoming.Length, AccessKind.Write, incoming);
                if (!bytes.IsEmpty) incoming.CopyTo(bytes);
            }
        };
    }

    internal static ulong Get(ReadOnlySpan<byte> bytes, int at, int size)
    {
        ref var first = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), at);
        return size switch
        {
            1 => first,
            2 => Unsafe.ReadUnaligned<ushort>(ref first),
            4 => Unsafe.ReadUnaligned<uint>(ref first),
            _ => Unsafe.ReadUnaligned<ulong>(ref first),
        };
    }

    internal static void Put(Span<byte> bytes, int at, int size, ulong value)
    {
        ref var first = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), at);
        switch (size)
        {
            case 1: first = (byte)value; break;
            case 2: Unsafe.WriteUnaligned(ref first, (ushort)value); break;
            case 4: Unsafe.WriteUnaligned(ref first, (uint)value); break;
            default: Unsafe.WriteUnaligned(ref first, value); break;
        }
    }
}
