using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Of which power of two a value is certainly a multiple, up to 16: what vector access needs to know.
/// </summary>
/// <remarks>
/// A view's first element is aligned to the element's own size; the launcher refuses others. An address is only known through the scales that led to
/// it, so a parameter counts as 16: with the element's size as scale the result is never more than the view promises.
/// </remarks>
internal sealed class KnownAlignment(Function function)
{
    private const int Most = 16;
    private readonly Dictionary<Value, int> _known = [];

    /// <summary>The power of two.</summary>
    internal int Of(Value v)
    {
        if (v.TryGetInt(out long constant)) return Power(constant);
        if (_known.TryGetValue(v, out int known)) return known;
        _known[v] = Most; // while a loop's phi is looked at, itself does not limit it
        int result = Compute(v);
        _known[v] = result;
        return result;
    }

    private int Compute(Value v) => v.Op switch
    {
        Op.Param when v.Type.IsPointer => Most,
        Op.DynShared => Most,
        Op.AssumeAligned => (int)Math.Min(Most, Math.Max(v.Imm, Of(v[0]))),
        Op.AllocAddr => Math.Min(Most, Math.Max(function.Allocations[(int)v.Imm].Align, 1)),
        Op.Addr => Math.Min(Of(v[0]), Product(Of(v[1]), Power(v.Imm))),
        Op.Add or Op.Sub => Math.Min(Of(v[0]), Of(v[1])),
        Op.Mul => Product(Of(v[0]), Of(v[1])),
        Op.Shl when v[1].TryGetInt(out long by) => Product(Of(v[0]), Power(1L << (int)(by & (v.Type.Bits - 1)))),
        Op.And => Math.Max(Of(v[0]), Of(v[1])),
        Op.SExt or Op.ZExt or Op.IntTrunc when v[0].Type.Kind != Kind.I1 => Of(v[0]),
        Op.Select => Math.Min(Of(v[1]), Of(v[2])),
        Op.Phi => OfPhi(v),
        _ => 1,
    };

    private int OfPhi(Value phi)
    {
        // Optimistic for itself, then once more with what came out: a second round that lowers it says that it was not stable.
        int result = Most;
        for (int round = 0; round < 4; round++)
        {
            int next = Most;
            foreach (Value operand in phi.Operands) next = Math.Min(next, Of(operand));
            if (next == result && round > 0) return result;
            result = next;
            _known.Clear();
            _known[phi] = result;
        }

        return 1;
    }

    private static int Product(int a, int b) => Math.Min(Most, a * b);

    private static int Power(long value) => value == 0 ? Most : (int)Math.Min(Most, value & -value);
}
