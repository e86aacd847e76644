using SRKernels.Compiler.IR;

namespace SRKernels.Tests.Kernels.Spellings;

/// <summary>
/// From where to where the integers of a kernel go, as far as its text says. Parameters count as not negative: they are sizes, counts and flags. Sums and products are taken
/// not to overflow. What is read from memory may be anything.
/// </summary>
internal sealed class IntegerRanges
{
    private const long Most = 1L << 40; // beyond every 32-bit number: "no bound"
    private const int ThreadsOfAnyGroup = 1024;
    private const int VisitsUntilWide = 4;

    private readonly Dictionary<Value, (long Low, long High, int Visits)> _ranges = new(ReferenceEqualityComparer.Instance);
    private readonly int _threads;

    public IntegerRanges(Function f)
    {
        _threads = f.Info.MaxThreads == 0 ? ThreadsOfAnyGroup : f.Info.MaxThreads;
        bool changed;
        do
        {
            changed = false;
            foreach (var block in f.Blocks)
                for (var v = block.First; v is not null; v = v.Next)
                    if (v.Type.IsAnyInt) changed |= Visit(v);
        }
        while (changed);
    }

    /// <summary>Whether a value is at least 0, and below 2^31 where it is of 32 bits.</summary>
    public bool IsNotNegative(Value v) => Of(v).Low >= 0;

    /// <summary>What is known; of a value that no visit has reached yet (the way back into a loop) nothing, which takes part in no bound.</summary>
    private (long Low, long High) Of(Value v)
    {
        if (v.TryGetInt(out var constant)) return (constant, constant);
        if (v.Op == Op.Param) return (0, Most);
        return _ranges.TryGetValue(v, out var range) ? (range.Low, range.High) : v.Op == Op.Undef ? (-Most, Most) : (Most, -Most);
    }

    private bool Visit(Value v)
    {
        var (low, high) = Range(v);
        if (low > high) return false; // from a value that is not reached yet
        low = Math.Clamp(low, -Most, Most);
        high = Math.Clamp(high, -Most, Most);
        if (!_ranges.TryGetValue(v, out var old))
        {
            _ranges.Add(v, (low, high, 1));
            return true;
        }

        low = Math.Min(low, old.Low);
        high = Math.Max(high, old.High);
        if (low == old.Low && high == old.High) return false;
        // A bound that moves with every round of a loop: to 0, which counters reach, or to none.
        if (old.Visits >= VisitsUntilWide && low < old.Low) low = low >= 0 ? 0 : -Most;
        if (old.Visits >= VisitsUntilWide && high > old.High) high = Most;
        _ranges[v] = (low, high, old.Visits + 1);
        return true;
    }

    private (long Low, long High) Range(Value v)
    {
        switch (v.Op)
        {
            case Op.ThreadIdx: return (0, _threads - 1);
            case Op.GroupDim: return (1, _threads);
            case Op.LaneIdx: return (0, 31);
            case Op.GroupIdx or Op.DynSharedBytes or Op.BarrierPopCount: return (0, Most);
            case Op.GridDim: return (1, Most);
            case Op.PopCount or Op.Clz or Op.Ctz: return (0, 64);
            case Op.CmpEq or Op.CmpNe or Op.CmpLtS or Op.CmpLeS or Op.CmpLtU or Op.CmpLeU or Op.FCmpEq or Op.FCmpNe or Op.FCmpLt or Op.FCmpLe or Op.FCmpLtUn or Op.FCmpLeUn:
                return (0, 1);
            case Op.Phi or Op.Select:
                return Merged(v);
            case Op.ZExt or Op.SExt or Op.IntTrunc:
                return v.Op == Op.SExt || Of(v[0]).Low >= 0 ? Of(v[0]) : v.Op == Op.ZExt ? (0, Most) : (-Most, Most);
        }

        if (v.Operands.Length != 2) return (-Most, Most);
        var (a, b) = (Of(v[0]), Of(v[1]));
        if (a.Low > a.High || b.Low > b.High) return (Most, -Most);
        var areNot = a.Low >= 0 && b.Low >= 0;
        return v.Op switch
        {
            Op.Add => (a.Low + b.Low, a.High + b.High),
            Op.Sub => (IsRemainder(v) ? 0 : a.Low - b.High, a.High - b.Low),
            Op.Mul when areNot => (Product(a.Low, b.Low), Product(a.High, b.High)),
            Op.MinS => (Math.Min(a.Low, b.Low), Math.Min(a.High, b.High)),
            Op.MaxS => (Math.Max(a.Low, b.Low), Math.Max(a.High, b.High)),
            Op.And => a.Low >= 0 || b.Low >= 0 ? (0, Math.Min(a.Low >= 0 ? a.High : Most, b.Low >= 0 ? b.High : Most)) : (-Most, Most),
            Op.Or or Op.Xor when areNot => (0, Product(2, Math.Max(a.High, b.High))),
            Op.DivS or Op.DivU when areNot => (b.High == Most ? 0 : a.Low / Math.Max(1, b.High), a.High / Math.Max(1, b.Low)),
            Op.DivU => (0, Most),
            Op.RemS or Op.RemU when areNot => (0, Math.Min(a.High, Math.Max(0, b.High - 1))),
            Op.RemU => (0, b.Low >= 0 ? b.High : Most),
            Op.ShrS or Op.ShrU when areNot => (a.Low >> (int)Math.Min(31, b.High), a.High >> (int)b.Low),
            Op.ShrU when b.Low > 0 => (0, Most),
            Op.Shl when areNot => (a.Low, b.High < 32 ? Product(a.High, 1L << (int)b.High) : Most),
            _ => (-Most, Most),
        };
    }

    private (long Low, long High) Merged(Value v)
    {
        var (low, high) = (Most, -Most);
        for (var i = v.Op == Op.Select ? 1 : 0; i < v.Operands.Length; i++)
        {
            var of = Of(v[i]);
            low = Math.Min(low, of.Low);
            high = Math.Max(high, of.High);
        }

        return (low, high);
    }

    private static long Product(long x, long y) => x >= Most || y >= Most || x * y >= Most ? Most : x * y;

    /// <summary>x - x / d * d, which is how the kernels spell a remainder whose quotient they have.</summary>
    private bool IsRemainder(Value v)
    {
        var (x, taken) = (v[0], v[1]);
        if (taken.Op != Op.Mul || Of(x).Low < 0) return false;
        return IsQuotient(taken[0], taken[1]) || IsQuotient(taken[1], taken[0]);

        bool IsQuotient(Value quotient, Value divisor) =>
            quotient.Op is Op.DivS or Op.DivU && ReferenceEquals(quotient[0], x) && ReferenceEquals(quotient[1], divisor);
    }
}
