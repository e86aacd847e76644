using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>atom and red. Lanes take their turns in ascending order, so that sums of floats are the same on every run.</summary>
internal static class AtomicFamily
{
    private const string Where = "[.relaxed .acquire .release .acq_rel] [.cta .gpu .sys] [.global .shared]";
    private static readonly Lock GlobalMemory = new();

    internal static OpRow[] Rows { get; } =
    [
        .. Both(".add (.u32 .s32 .u64 .f32)", Integers((a, b) => a + b)),
        .. Both(".add .f64", Integers((a, b) => a + b), sm: 60),
        .. Both(".add .noftz (.f16 .f16x2)", _ => throw new PtxUnsupportedException(0, "atom.add.noftz"), sm: 70),
        .. Both("(.min .max) (.u32 .s32 .u64 .s64)", m => m.Has(".min")
            ? (a, b, _) => IntegerFamily.Less(m.Type, b, a) ? b : a
            : (a, b, _) => IntegerFamily.Less(m.Type, a, b) ? b : a),
        .. Both(".and (.b32 .b64)", Integers((a, b) => a & b)),
        .. Both(".or (.b32 .b64)", Integers((a, b) => a | b)),
        .. Both(".xor (.b32 .b64)", Integers((a, b) => a ^ b)),
        .. Both(".inc .u32", Integers((a, b) => a >= b ? 0 : a + 1)),
        .. Both(".dec .u32", Integers((a, b) => a == 0 || a > b ? b : a - 1)),
        new($"atom {Where} .exch (.b32 .b64)", "=0 addr 0", m => Atom(m, (_, b, _) => b, true)),
        new($"atom {Where} .cas (.b32 .b64)", "=0 addr 0 0", m => Atom(m, (a, b, c) => a == b ? c : a, true)),
        new($"atom {Where} .cas .b16", "=0 addr 0 0", m => Atom(m, (a, b, c) => a == b ? c : a, true), sm: 70),
    ];

    private static OpRow[] Both(string what, Func<OpMatch, Func<ulong, ulong, ulong, ulong>> f, int sm = 0) =>
    [
        new($"atom {Where} {what}", "=0 addr 0", m => Atom(m, f(m), true), sm),
        new($"red {Where} {what}", "addr 0", m => Atom(m, f(m), false), sm),
    ];

    private static Func<OpMatch, Func<ulong, ulong, ulong, ulong>> Integers(Func<ulong, ulong, ulong> f) => m => m.Type switch
    {
        PtxType.F32 => (a, b, _) => FloatFamily.Bits(FloatFamily.Single(a) + FloatFamily.Single(b)),
        PtxType.F64 => (a, b, _) =>
            BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(a) + BitConverter.UInt64BitsToDouble(b)),
        _ => (a, b, _) => f(a, b),
    };

    private static Exec Atom(OpMatch m, Func<ulong, ulong, ulong, ulong> f, bool returns)
    {
        var (space, size) = (m.Space, m.Type.Bytes());
        var at = returns ? 1 : 0;
        return (warp, ins, mask) =>
        {
            Span<ulong> addresses = stackalloc ulong[32];
            MemoryFamily.Addresses(warp, ins.Slots[at], addresses);
            // Launches on one memory may overlap.
            lock (GlobalMemory)
            {
                for (var left = mask; left != 0; left &= left - 1)
                {
                    var lane = BitOperations.TrailingZeroCount(left);
                    var bytes = warp.Access(ins, lane, space, addresses[lane], size, AccessKind.Atomic);
                    if (bytes.IsEmpty) continue;
                    var old = MemoryFamily.Get(bytes, 0, size);
                    var b = warp.Row(ins.Slots[at + 1].Index)[lane];
                    var c = ins.Slots.Length > at + 2 ? warp.Row(ins.Slots[at + 2].Index)[lane] : 0;
                    MemoryFamily.Put(bytes, 0, size, f(old, b, c));
                    if (returns) warp.Row(ins.D)[lane] = old;
                }
            }
        };
    }
}
