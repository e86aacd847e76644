using System.Numerics;
using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Families;

/// <summary>setp in all its comparisons, alone or combined with a predicate, and selp.</summary>
internal static class CompareFamily
{
    private const string Combine = "[.and .or .xor]";
    private const string FloatTests = "(.eq .ne .lt .le .gt .ge .equ .neu .ltu .leu .gtu .geu .num .nan)";

    internal static OpRow[] Rows { get; } =
    [
        .. Both("(.eq .ne) ", "(.b16 .b32 .b64)", Integers),
        .. Both("(.eq .ne .lt .le .gt .ge) ", "(.s16 .s32 .s64)", Integers),
        .. Both("(.eq .ne .lt .le .gt .ge .lo .ls .hi .hs) ", "(.u16 .u32 .u64)", Integers),
        .. Both(FloatTests + " [.ftz] ", ".f32", Floats),
        .. Both(FloatTests + " ", ".f64", Floats),
        .. Both(FloatTests + " [.ftz] ", ".f16", Floats, "^"),
        .. Both(FloatTests + " ", ".bf16", Floats, "^", sm: 90),
        new("setp " + FloatTests + " [.ftz] [.and .or .xor] .f16x2", "=pred| f16x2^ f16x2^ pred!?",
            _ => throw new PtxUnsupportedException(0, "setp.f16x2")),
        new("selp (.b16 .u16 .s16 .b32 .u32 .s32 .f32 .b64 .u64 .s64 .f64)", "=0 0 0 pred!", _ => Select),
    ];

    // ptxas asks for the predicate operand exactly when a combination is named.
    private static OpRow[] Both(string tests, string types, Func<OpMatch, Func<ulong, ulong, bool>> test, string flags = "", int sm = 0) =>
    [
        new($"setp {tests}{types}", $"=pred| 0{flags} 0{flags}", m => Compare(m, test(m)), sm),
        new($"setp {tests}(.and .or .xor) {types}", $"=pred| 0{flags} 0{flags} pred!", m => Compare(m, test(m)), sm),
    ];

    internal static void SetWhere(Warp warp, Slot d, uint mask, ReadOnlySpan<ulong> a, Func<ulong, bool> test)
    {
        uint set = 0;
        for (var left = mask; left != 0; left &= left - 1)
        {
            var lane = BitOperations.TrailingZeroCount(left);
            if (test(a[lane])) set |= 1u << lane;
        }

        warp.SetPredicate(d.Index, mask, set);
    }

    private static Exec Compare(OpMatch m, Func<ulong, ulong, bool> test)
    {
        var combine = m.One(".and", ".or", ".xor");
        return (warp, ins, mask) =>
        {
            // With d|q there is one slot more before the sources, and with a combination one after them.
            var sources = ins.Slots.Length - (combine is null ? 2 : 3);
            var a = warp.Row(ins.Slots[sources].Index);
            var b = warp.Row(ins.Slots[sources + 1].Index);
            uint set = 0;
            for (var left = mask; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                if (test(a[lane], b[lane])) set |= 1u << lane;
            }

            var c = combine is null ? 0 : warp.Predicate(ins.Slots[^1]);
            uint Combined(uint t) => combine switch { ".and" => t & c, ".or" => t | c, ".xor" => t ^ c, _ => t };
            warp.SetPredicate(ins.D, mask, Combined(set));
            if (sources == 2) warp.SetPredicate(ins.A, mask, Combined(~set));
        };
    }

    private static Func<ulong, ulong, bool> Integers(OpMatch m)
    {
        var type = m.Type;
        return m.One(".eq", ".ne", ".lt", ".lo", ".le", ".ls", ".gt", ".hi") switch
        {
            ".eq" => (a, b) => a == b,
            ".ne" => (a, b) => a != b,
            ".lt" or ".lo" => (a, b) => IntegerFamily.Less(type, a, b),
            ".le" or ".ls" => (a, b) => !IntegerFamily.Less(type, b, a),
            ".gt" or ".hi" => (a, b) => IntegerFamily.Less(type, b, a),
            _ => (a, b) => !IntegerFamily.Less(type, a, b),
        };
    }

    private static Func<ulong, ulong, bool> Floats(OpMatch m)
    {
        var (type, ftz) = (m.Type, m.Ftz);
        double Value(ulong bits) => type switch
        {
            PtxType.F32 when ftz => Rounding.FlushSubnormal(FloatFamily.Single(bits)),
            PtxType.F32 => FloatFamily.Single(bits),
            PtxType.F64 => BitConverter.UInt64BitsToDouble(bits),
            _ => HalfFamily.ToDouble(bits, type == PtxType.BF16),
        };
        Func<double, double, bool> test = m.One(".eq", ".ne", ".lt", ".le", ".gt", ".ge", ".equ", ".neu", ".ltu", ".leu", ".gtu",
            ".geu", ".num") switch
        {
            ".eq" => (a, b) => a == b,
            ".ne" => (a, b) => a < b || a > b,
            ".lt" => (a, b) => a < b,
            ".le" => (a, b) => a <= b,
            ".gt" => (a, b) => a > b,
            ".ge" => (a, b) => a >= b,
            ".equ" => (a, b) => !(a < b || a > b),
            ".neu" => (a, b) => a != b,
            ".ltu" => (a, b) => !(a >= b),
            ".leu" => (a, b) => !(a > b),
            ".gtu" => (a, b) => !(a <= b),
            ".geu" => (a, b) => !(a < b),
            ".num" => (a, b) => !double.IsNaN(a) && !double.IsNaN(b),
            _ => (a, b) => double.IsNaN(a) || double.IsNaN(b),
        };
        return (a, b) => test(Value(a), Value(b));
    }

    private static void Select(Warp warp, Ins ins, uint mask)
    {
        var d = warp.Row(ins.D);
        var a = warp.Row(ins.A);
        var b = warp.Row(ins.B);
        var p = warp.Predicate(ins.Slots[3]);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = (p >> lane & 1) != 0 ? a[lane] : b[lane];
        }
    }
}
