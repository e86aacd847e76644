using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Multiplications, divisions and remainders by powers of two become shifts and masks; 32-bit divisions by other positive constants multiplications by
/// their scaled reciprocal. (ptxas makes a reciprocal in float at run time instead, and a call.)
/// <code>
/// div.u x, 8 -> shr.u x, 3        rem.u x, 8 -> and x, 7        div.s x, 8 -> shr.s (add x, (shr.u (shr.s x, 31), 29)), 3
/// div.u x, 18 -> shr.u (mulhi.u x, 0x38E38E39), 2        rem.u x, 18 -> sub x, (mul (div.u x, 18), 18)
/// </code>
/// Legal: equal for every input; the signed forms round towards zero as C# does. Granlund, Montgomery. Division by Invariant Integers using Multiplication. 1994.
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
                if (v.Op is not (Op.Mul or Op.DivU or Op.RemU or Op.DivS or Op.RemS) || !v[1].TryGetInt(out long c) || c <= 0) continue;
                b.SetBefore(v);
                if ((c & (c - 1)) != 0)
                {
                    if (v.Op == Op.Mul || v.Type != IrType.I32) continue;
                    Value quotient = v.Op is Op.DivU or Op.RemU ? Quotient(b, v[0], (uint)c) : SignedQuotient(b, v[0], (int)c);
                    v.ReplaceAllUsesWith(v.Op is Op.DivU or Op.DivS ? quotient : b.Binary(Op.Sub, v[0], b.Binary(Op.Mul, quotient, v[1])));
                    v.Remove();
                    any = true;
                    continue;
                }

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

    /// <summary>
    /// With m = ceil(2^(32 + s) / d): x m / 2^(32 + s) is the quotient for every x where m d - 2^(32 + s) is at most 2^s; with s = ceil(log2 d) it always is, but m then may
    /// need 33 bits, of which the highest is added apart.
    /// </summary>
    private static Value Quotient(Builder b, Value x, uint d)
    {
        Function f = b.Function;
        int most = 32 - System.Numerics.BitOperations.LeadingZeroCount(d - 1);
        for (int s = 0; s <= most; s++)
        {
            UInt128 scale = UInt128.One << (32 + s);
            UInt128 m = (scale + d - 1) / d;
            if ((m * d) - scale > UInt128.One << s) continue;
            Value high = b.Binary(Op.MulHiU, x, f.Int((int)(uint)(m & uint.MaxValue)));
            if (m <= uint.MaxValue) return s == 0 ? high : b.Binary(Op.ShrU, high, f.Int(s));
            Value half = b.Binary(Op.ShrU, b.Binary(Op.Sub, x, high), f.Int(1)); // (x + high) / 2 without its carry
            return b.Binary(Op.ShrU, b.Binary(Op.Add, half, high), f.Int(s - 1));
        }

        throw new InvalidOperationException($"ReduceStrength: no reciprocal of {d}");
    }

    /// <summary>The quotient of |x| by the reciprocal for 31 bits, which is rounded up; for negative x it is one too low, which the sign bit adds.</summary>
    private static Value SignedQuotient(Builder b, Value x, int d)
    {
        Function f = b.Function;
        for (int s = 0; ; s++)
        {
            UInt128 scale = UInt128.One << (32 + s);
            UInt128 m = (scale / (uint)d) + 1;
            if ((m * (uint)d) - scale > UInt128.One << (s + 1)) continue;
            Value high = b.Binary(Op.MulHiS, x, f.Int((int)(uint)m));
            if (m > int.MaxValue) high = b.Binary(Op.Add, high, x); // the multiplier was read as m - 2^32
            if (s > 0) high = b.Binary(Op.ShrS, high, f.Int(s));
            return b.Binary(Op.Add, high, b.Binary(Op.ShrU, x, f.Int(31)));
        }
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
