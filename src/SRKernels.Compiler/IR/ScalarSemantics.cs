using System.Numerics;

namespace SRKernels.Compiler.IR;

/// <summary>
/// What each operation on scalars computes, on bits: the one definition that the interpreter executes and constant folding evaluates.
/// </summary>
internal static class ScalarSemantics
{
    /// <summary>Whether <see cref="TryEvaluate"/> knows the operation: arithmetic, comparisons, conversions, select.</summary>
    internal static bool Covers(Op op) => op is Op.Select or (>= Op.Add and <= Op.Unpack2x16);

    /// <summary>The bits of the result; false, with the reason, where the operation has none (division by zero).</summary>
    /// <param name="v">Gives operation, types and immediate.</param>
    /// <param name="a">Bits of the first operand, zero-extended.</param>
    /// <param name="b">Of the second, or 0.</param>
    /// <param name="c">Of the third, or 0.</param>
    /// <param name="result">Bits, zero-extended.</param>
    /// <param name="error">Why there is none.</param>
    internal static bool TryEvaluate(Value v, ulong a, ulong b, ulong c, out ulong result, out string? error)
    {
        error = null;
        int width = v.Type.Bits;
        switch (v.Op)
        {
            case Op.Select:
                result = a != 0 ? b : c;
                return true;
            case >= Op.DivS and <= Op.RemU:
                return TryDivide(v.Op, a, b, width, out result, out error);
            case >= Op.Add and <= Op.Ctz:
                result = Cut(Integer(v, a, b, width), width);
                return true;
            case >= Op.FAdd and <= Op.Tanh:
                result = v.Type.Kind == Kind.F32 ? Bits(Single(v.Op, Float(a), Float(b), Float(c))) : Bits(Double(v.Op, Wide(a), Wide(b), Wide(c)));
                return true;
            case >= Op.CmpEq and <= Op.FCmpLeUn:
                result = Compare(v, a, b) ? 1UL : 0;
                return true;
            default:
                result = Convert(v, a, b, width);
                return true;
        }
    }

    /// <summary>Bits of an integer of some width as a signed number.</summary>
    internal static long Sign(ulong bits, int width) => width == 64 ? (long)bits : (long)(bits << (64 - width)) >> (64 - width);

    /// <summary>The low bits.</summary>
    internal static ulong Cut(ulong bits, int width) => width == 64 ? bits : bits & ((1UL << width) - 1);

    /// <summary>Bits of a float.</summary>
    internal static ulong Bits(float x) => BitConverter.SingleToUInt32Bits(x);

    /// <summary>Bits of a double.</summary>
    internal static ulong Bits(double x) => BitConverter.DoubleToUInt64Bits(x);

    /// <summary>The float of some bits.</summary>
    internal static float Float(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    /// <summary>The double of some bits.</summary>
    internal static double Wide(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static bool TryDivide(Op op, ulong a, ulong b, int width, out ulong result, out string? error)
    {
        result = 0;
        error = b == 0 ? "division by zero" : null;
        if (b == 0) return false;
        if (op is Op.DivU or Op.RemU)
        {
            result = op == Op.DivU ? a / b : a % b;
            return true;
        }

        long sa = Sign(a, width);
        long sb = Sign(b, width);
        if (sb == -1 && sa == Sign(1UL << (width - 1), width))
        {
            error = "the quotient does not fit";
            return false;
        }

        result = Cut((ulong)(op == Op.DivS ? sa / sb : sa % sb), width);
        return true;
    }

    private static ulong Integer(Value v, ulong a, ulong b, int width)
    {
        long sa = Sign(a, width);
        long sb = v.Operands.Length > 1 ? Sign(b, v[1].Type.Bits) : 0;
        switch (v.Op)
        {
            case Op.Add: return a + b;
            case Op.Sub: return a - b;
            case Op.Mul: return a * b;
            case Op.MulHiS: return width == 64 ? (ulong)Math.BigMul(sa, sb, out _) : (ulong)((sa * sb) >> 32);
            case Op.MulHiU: return width == 64 ? Math.BigMul(a, b, out _) : (a * b) >> 32;
            case Op.Neg: return 0 - a;
            case Op.AbsS: return sa < 0 ? 0 - a : a;
            case Op.MinS: return sa < sb ? a : b;
            case Op.MaxS: return sa > sb ? a : b;
            case Op.MinU: return Math.Min(a, b);
            case Op.MaxU: return Math.Max(a, b);
            case Op.And: return a & b;
            case Op.Or: return a | b;
            case Op.Xor: return a ^ b;
            case Op.Not: return ~a;
            case Op.Shl: return a << ((int)b & (width - 1));
            case Op.ShrS: return (ulong)(sa >> ((int)b & (width - 1)));
            case Op.ShrU: return a >> ((int)b & (width - 1));
            case Op.PopCount: return (ulong)BitOperations.PopCount(a);
            case Op.Clz: return (ulong)(BitOperations.LeadingZeroCount(a) - (64 - v[0].Type.Bits));
            default: return a == 0 ? (ulong)v[0].Type.Bits : (ulong)BitOperations.TrailingZeroCount(a);
        }
    }

    private static float Single(Op op, float a, float b, float c)
    {
        return op switch
        {
            Op.FAdd => a + b,
            Op.FSub => a - b,
            Op.FMul => a * b,
            Op.FDiv => a / b,
            Op.FRem => a % b,
            Op.Fma => MathF.FusedMultiplyAdd(a, b, c),
            Op.FNeg => -a,
            Op.FAbs => MathF.Abs(a),
            Op.FMin => MathF.Min(a, b),
            Op.FMax => MathF.Max(a, b),
            Op.FMinNum => float.MinNumber(a, b),
            Op.FMaxNum => float.MaxNumber(a, b),
            Op.CopySign => MathF.CopySign(a, b),
            Op.Floor => MathF.Floor(a),
            Op.Ceil => MathF.Ceiling(a),
            Op.Trunc => MathF.Truncate(a),
            Op.RoundEven => MathF.Round(a, MidpointRounding.ToEven),
            Op.Sqrt => MathF.Sqrt(a),
            Op.Rsqrt => (float)(1 / Math.Sqrt(a)),
            Op.Rcp => 1 / a,
            Op.Exp => (float)Math.Exp(a),
            Op.Exp2 => (float)Math.Pow(2, a),
            Op.Log => (float)Math.Log(a),
            Op.Log2 => (float)Math.Log2(a),
            Op.Pow => (float)Math.Pow(a, b),
            Op.Sin => (float)Math.Sin(a),
            Op.Cos => (float)Math.Cos(a),
            Op.Tanh => (float)Math.Tanh(a),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    private static double Double(Op op, double a, double b, double c)
    {
        return op switch
        {
            Op.FAdd => a + b,
            Op.FSub => a - b,
            Op.FMul => a * b,
            Op.FDiv => a / b,
            Op.FRem => a % b,
            Op.Fma => Math.FusedMultiplyAdd(a, b, c),
            Op.FNeg => -a,
            Op.FAbs => Math.Abs(a),
            Op.FMin => Math.Min(a, b),
            Op.FMax => Math.Max(a, b),
            Op.FMinNum => double.MinNumber(a, b),
            Op.FMaxNum => double.MaxNumber(a, b),
            Op.CopySign => Math.CopySign(a, b),
            Op.Floor => Math.Floor(a),
            Op.Ceil => Math.Ceiling(a),
            Op.Trunc => Math.Truncate(a),
            Op.RoundEven => Math.Round(a, MidpointRounding.ToEven),
            Op.Sqrt => Math.Sqrt(a),
            Op.Rsqrt => 1 / Math.Sqrt(a),
            Op.Rcp => 1 / a,
            Op.Exp => Math.Exp(a),
            Op.Exp2 => Math.Pow(2, a),
            Op.Log => Math.Log(a),
            Op.Log2 => Math.Log2(a),
            Op.Pow => Math.Pow(a, b),
            Op.Sin => Math.Sin(a),
            Op.Cos => Math.Cos(a),
            Op.Tanh => Math.Tanh(a),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    private static bool Compare(Value v, ulong a, ulong b)
    {
        int width = v[0].Type.Bits;
        if (v.Op < Op.FCmpEq)
        {
            return v.Op switch
            {
                Op.CmpEq => a == b,
                Op.CmpNe => a != b,
                Op.CmpLtS => Sign(a, width) < Sign(b, width),
                Op.CmpLeS => Sign(a, width) <= Sign(b, width),
                Op.CmpLtU => a < b,
                _ => a <= b,
            };
        }

        double x = width == 32 ? Float(a) : Wide(a);
        double y = width == 32 ? Float(b) : Wide(b);
        return v.Op switch
        {
            Op.FCmpEq => x == y,
            Op.FCmpNe => x != y,
            Op.FCmpLt => x < y,
            Op.FCmpLe => x <= y,
            Op.FCmpLtUn => !(x >= y),
            _ => !(x > y),
        };
    }

    private static ulong Convert(Value v, ulong a, ulong b, int width)
    {
        Value from = v[0];
        switch (v.Op)
        {
            case Op.IntTrunc:
                return Cut(a, width);
            case Op.SExt:
                return Cut((ulong)Sign(a, from.Type.Bits), width);
            case Op.ZExt or Op.Bitcast:
                return a;
            case Op.SiToFp:
                return width == 32 ? Bits((float)Sign(a, from.Type.Bits)) : Bits((double)Sign(a, from.Type.Bits));
            case Op.UiToFp:
                return width == 32 ? Bits((float)a) : Bits((double)a);
            case Op.FpToSi:
            {
                double x = from.Type.Kind == Kind.F32 ? Float(a) : Wide(a);
                return width == 32 ? (uint)(int)x : (ulong)(long)x; // .NET's conversions saturate and send NaN to 0
            }

            case Op.FpToUi:
            {
                double x = from.Type.Kind == Kind.F32 ? Float(a) : Wide(a);
                return width == 32 ? (uint)x : (ulong)x;
            }

            case Op.FpExt:
            {
                double x = from.Type.Kind switch
                {
                    Kind.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)a),
                    Kind.BF16 => BitConverter.UInt32BitsToSingle((uint)a << 16),
                    _ => Float(a),
                };
                return width == 32 ? Bits((float)x) : Bits(x);
            }

            case Op.FpTrunc when v.Type.Kind == Kind.F32:
                return Bits((float)Wide(a));
            case Op.FpTrunc when v.Type.Kind == Kind.F16:
                return BitConverter.HalfToUInt16Bits(from.Type.Kind == Kind.F32 ? (Half)Float(a) : (Half)Wide(a));
            case Op.FpTrunc:
            {
                uint bits = (uint)a;
                if (float.IsNaN(BitConverter.UInt32BitsToSingle(bits))) return (bits >> 16) | 0x40;
                return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
            }

            case Op.RoundTf32:
            {
                uint bits = (uint)a;
                return (float.IsFinite(BitConverter.UInt32BitsToSingle(bits)) ? bits + 0x1000 : bits) & 0xFFFFE000;
            }

            case Op.Pack2x16:
                return a | (b << 16);
            default:
                return (a >> (16 * (int)v.Imm)) & 0xFFFF;
        }
    }
}
