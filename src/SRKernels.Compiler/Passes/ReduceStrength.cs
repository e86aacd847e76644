using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Multiplications, divisions and remainders by powers of two become shifts and masks.
/// <code>div.u x, 8 -> shr.u x, 3        rem.u x, 8 -> and x, 7        div.s x, 8 -> shr.s (add x, (shr.u (shr.s x, 31), 29)), 3</code>
/// Legal: equal for every input; the signed forms round towards zero as C# does.
/// </summary>
internal sealed class ReduceStrength : IPass
{
    /// <inheritdoc/>
    public bool Run(Function f)
    {
        var b = new Builder(f);
        bool any = false;
        foreach (Block block in f.Blocks)
        {
            Value? next;
            for (Value? v = block.First; v is not null; v = next)
            {
                next = v.Next;
                if (v.Op is not (Op.Mul or Op.DivU or Op.RemU or Op.DivS or Op.RemS) || !v[1].TryGetInt(out long c) || c <= 0 || (c & (c - 1)) != 0) continue;
                b.SetBefore(v);
                Value by = f.Int(System.Numerics.BitOperations.TrailingZeroCount(c));
                Value result = v.Op switch
                {
                    Op.Mul => b.Binary(Op.Shl, v[0], by),
                    Op.DivU => b.Binary(Op.ShrU, v[0], by),
                    Op.RemU => b.Binary(Op.And, v[0], f.Const(v.Type, c - 1)),
                    Op.DivS => b.Binary(Op.ShrS, Biased(b, v[0], (int)by.Imm), by),
                    _ => b.Binary(Op.Sub, v[0], b.Binary(Op.And, Biased(b, v[0], (int)by.Imm), f.Const(v.Type, -c))),
                };
                v.ReplaceAllUsesWith(result);
                v.Remove();
                any = true;
            }
        }

        return any;
    }

    /// <summary>x, plus divisor - 1 if it is negative: shifting that right rounds towards zero.</summary>
    private static Value Biased(Builder b, Value x, int log)
    {
        if (log == 0) return x;
        int bits = x.Type.Bits;
        Value sign = b.Binary(Op.ShrS, x, b.Function.Int(bits - 1));
        return b.Binary(Op.Add, x, b.Binary(Op.ShrU, sign, b.Function.Int(bits - log)));
    }
}
