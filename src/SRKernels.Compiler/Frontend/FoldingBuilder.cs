using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// Instructions with the folding that the frontend itself depends on: extents must come out constant, and a branch on a
/// constant (a configuration struct, a specialised value) must not be translated on its dead side.
/// </summary>
internal sealed class FoldingBuilder(Function function)
{
    internal Function Function { get; } = function;

    internal Builder Raw { get; } = new(function);

    internal Value Unary(Op op, Value a)
    {
        if (a.TryGetInt(out long x))
        {
            if (op == Op.Neg) return Function.Const(a.Type, -x);
            if (op == Op.Not) return Function.Const(a.Type, ~x);
        }

        if (op == Op.Not && a.Type == IrType.I1) return Negate(a);
        if (op == Op.FNeg && a.TryGetFloat(out double f)) return Float(a.Type, -f);
        return Raw.Unary(op, a);
    }

    internal Value Binary(Op op, Value a, Value b)
    {
        if (a.TryGetInt(out long x) && b.TryGetInt(out long y) && Fold(op, a.Type, x, y) is { } folded) return folded;
        if (b.TryGetInt(out long right))
        {
            if (right == 0 && op is Op.Add or Op.Sub or Op.Or or Op.Xor or Op.Shl or Op.ShrS or Op.ShrU) return a;
            if (right == 1 && op is Op.Mul or Op.DivS or Op.DivU) return a;
            if (right == 0 && op is Op.Mul or Op.And) return b;
        }

        if (a.TryGetInt(out long left))
        {
            if (left == 0 && op is Op.Add or Op.Or or Op.Xor) return b;
            if (left == 1 && op == Op.Mul) return b;
            if (left == 0 && op is Op.Mul or Op.And) return a;
        }

        return Raw.Binary(op, a, b);
    }

    internal Value Convert(Op op, IrType type, Value a)
    {
        if (op is Op.IntTrunc or Op.SExt or Op.ZExt && a.TryGetInt(out long x))
        {
            if (op == Op.ZExt && a.Type.Bits < 64) x &= (1L << a.Type.Bits) - 1;
            return Function.Const(type, op == Op.SExt && a.Type == IrType.I1 ? -x : x);
        }

        if (op == Op.SiToFp && a.TryGetInt(out long integer))
            return Float(type, type == IrType.F32 ? (float)integer : integer);
        if (op == Op.FpExt && a.TryGetFloat(out double wide)) return Float(type, wide);
        return Raw.Convert(op, type, a);
    }

    internal Value Select(Value condition, Value a, Value b) =>
        condition.TryGetInt(out long c) ? c != 0 ? a : b : Raw.Select(condition, a, b);

    internal Value Addr(Value pointer, Value index, int scale) =>
        index.TryGetInt(out long i) && i == 0 ? pointer : Raw.Addr(pointer, index, scale);

    /// <summary>The opposite of a condition; of a comparison, the opposite comparison.</summary>
    internal Value Negate(Value condition)
    {
        if (condition.TryGetInt(out long c)) return Function.Bool(c == 0);
        return condition.Op switch
        {
            Op.Not => condition[0],
            Op.CmpEq => Raw.Binary(Op.CmpNe, condition[0], condition[1]),
            Op.CmpNe => Raw.Binary(Op.CmpEq, condition[0], condition[1]),
            Op.CmpLtS => Raw.Binary(Op.CmpLeS, condition[1], condition[0]),
            Op.CmpLeS => Raw.Binary(Op.CmpLtS, condition[1], condition[0]),
            Op.CmpLtU => Raw.Binary(Op.CmpLeU, condition[1], condition[0]),
            Op.CmpLeU => Raw.Binary(Op.CmpLtU, condition[1], condition[0]),
            Op.FCmpEq => Raw.Binary(Op.FCmpNe, condition[0], condition[1]),
            Op.FCmpNe => Raw.Binary(Op.FCmpEq, condition[0], condition[1]),
            Op.FCmpLt => Raw.Binary(Op.FCmpLeUn, condition[1], condition[0]),
            Op.FCmpLe => Raw.Binary(Op.FCmpLtUn, condition[1], condition[0]),
            Op.FCmpLtUn => Raw.Binary(Op.FCmpLe, condition[1], condition[0]),
            Op.FCmpLeUn => Raw.Binary(Op.FCmpLt, condition[1], condition[0]),
            _ => Raw.Unary(Op.Not, condition),
        };
    }

    private Value Float(IrType type, double value) =>
        type == IrType.F32 ? Function.Float((float)value) : Function.Double(value);

    private Value? Fold(Op op, IrType type, long x, long y)
    {
        bool wide = type == IrType.I64;
        ulong ux = wide ? (ulong)x : (uint)x;
        ulong uy = wide ? (ulong)y : (uint)y;
        int shift = (int)y & (wide ? 63 : 31);
        bool overflow = y == -1 && x == (wide ? long.MinValue : int.MinValue);
        return op switch
        {
            Op.Add => Function.Const(type, x + y),
            Op.Sub => Function.Const(type, x - y),
            Op.Mul => Function.Const(type, x * y),
            Op.And => Function.Const(type, x & y),
            Op.Or => Function.Const(type, x | y),
            Op.Xor => Function.Const(type, x ^ y),
            Op.DivS when y != 0 && !overflow => Function.Const(type, x / y),
            Op.RemS when y != 0 && !overflow => Function.Const(type, x % y),
            Op.DivU when y != 0 => Function.Const(type, (long)(ux / uy)),
            Op.RemU when y != 0 => Function.Const(type, (long)(ux % uy)),
            Op.Shl => Function.Const(type, x << shift),
            Op.ShrS => Function.Const(type, x >> shift),
            Op.ShrU => Function.Const(type, (long)(ux >> shift)),
            Op.MinS => Function.Const(type, Math.Min(x, y)),
            Op.MaxS => Function.Const(type, Math.Max(x, y)),
            Op.CmpEq => Function.Bool(x == y),
            Op.CmpNe => Function.Bool(x != y),
            Op.CmpLtS => Function.Bool(x < y),
            Op.CmpLeS => Function.Bool(x <= y),
            Op.CmpLtU => Function.Bool(ux < uy),
            Op.CmpLeU => Function.Bool(ux <= uy),
            _ => null,
        };
    }
}
