using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>
/// Builds elementary functions of one float type before an instruction: this part the words, exponentials and logarithms; others beside it.
/// </summary>
/// <remarks>
/// Polynomials are Taylor's series, cut where the next term is below a tenth of an ulp on the reduced range. Reductions: Cody, Waite.
/// Software Manual for the Elementary Functions. 1980; Muller. Elementary Functions. 2016 (chapters 4, 11). Two-part numbers: Dekker 1971.
/// </remarks>
internal sealed partial class RealMath
{
    private const double Ln2High = 0.6931471805599453; // ln 2 in doubles: this, plus
    private const double Ln2Low = 2.3190468138462996e-17;
    private const double Log2EHigh = 1.4426950408889634;
    private const double Log2ELow = 2.0355273740931033e-17;

    private readonly Function _f;
    private readonly Builder _b;
    private Value _at; // what is built stands before this

    internal RealMath(Function f, Value at)
    {
        _f = f;
        _at = at;
        _b = new Builder(f);
        _b.SetBefore(at);
        Type = at.Type;
    }

    /// <summary>f32 or f64: what is computed in now.</summary>
    private IrType Type { get; set; }

    private bool IsWide => Type == IrType.F64;

    private IrType IntType => IsWide ? IrType.I64 : IrType.I32;

    private int FractionBits => IsWide ? 52 : 23;

    private int Bias => IsWide ? 1023 : 127;

    internal Value Exp(Value x)
    {
        // Beyond these the result is 0 or infinity; the bounds keep 2^n in range.
        Value y = Clamp(x, IsWide ? -746 : -104, IsWide ? 710 : 89);
        Value n = Unary(Op.RoundEven, Mul(y, C(Log2EHigh)));
        Value result = Scale(ExpOfReduced(ReduceByLn2(y, n), null), ToInt(n));
        return Select(IsNaN(x), x, result);
    }

    internal Value Exp2(Value x)
    {
        Value y = Clamp(x, -1076, 1025);
        Value n = Unary(Op.RoundEven, y);
        Value r = Sub(y, n); // exact
        Value high = Mul(r, C(Ln2High));
        Value low = Fma(r, C(Ln2Low), Fma(r, C(Ln2High), Neg(high)));
        return Select(IsNaN(x), x, Scale(ExpOfReduced(high, low), ToInt(n)));
    }

    /// <summary>(e^2x - 1) / (e^2x + 1) of |x| with e^2x - 1 computed as such, so that small x lose nothing.</summary>
    internal Value Tanh(Value x)
    {
        Value a = Unary(Op.FAbs, x);
        Value bounded = Binary(Op.FMinNum, a, C(IsWide ? 20 : 10)); // 1 from there on
        Value y = Add(bounded, bounded);
        Value n = Unary(Op.RoundEven, Mul(y, C(Log2EHigh)));
        Value r = ReduceByLn2(y, n);
        Value less1 = Fma(Mul(r, r), ExpTail(r), r);
        Value power = PowerOf2(ToInt(n));
        Value expm1 = Fma(power, less1, Sub(power, C(1)));
        Value divisor = Add(expm1, C(2));
        Value divisorLow = Sub(expm1, Sub(divisor, C(2)));
        Value q = Binary(Op.FDiv, expm1, divisor);
        // What the sum and the quotient rounded off, over the divisor: 1 / divisor = (1 - q) / 2.
        Value rest = Fma(Neg(q), divisorLow, Fma(Neg(q), divisor, expm1));
        Value corrected = Fma(rest, Mul(Sub(C(1), q), C(0.5)), q);
        q = Select(Compare(Op.FCmpLt, expm1, C(2)), corrected, q); // above, the errors of the parts shrink by themselves
        return Select(IsNaN(x), x, Binary(Op.CopySign, q, x));
    }

    internal Value Log(Value x)
    {
        (Value k, Value f) = SplitForLog(x);
        (Value half, Value rest) = Log1P(f);
        // k ln 2 + f - (half - rest): large terms last; ln 2 in two parts, the first short enough that k times it is exact.
        double high = IsWide ? 0.6931471805598903 : 0.693145751953125;
        double low = IsWide ? 5.497923018708371e-14 : 1.428606765330187e-06;
        Value sum = Sub(f, Sub(half, Fma(k, C(low), rest)));
        return LogEdges(x, Fma(k, C(high), sum));
    }

    internal Value Log2(Value x)
    {
        (Value k, Value f) = SplitForLog(x);
        (Value half, Value rest) = Log1P(f);
        // log(1 + f) in two parts, so that the factor costs no accuracy.
        Value low = Sub(rest, half);
        Value high = Add(f, low);
        Value error = Sub(low, Sub(high, f));
        (double a, double b) = IsWide ? (Log2EHigh, Log2ELow) : (1.4426950216293335, 1.925963033500011e-08);
        Value product = Mul(high, C(a));
        Value small = Fma(error, C(a), Fma(high, C(b), Fma(high, C(a), Neg(product))));
        Value sum = Add(k, product);
        return LogEdges(x, Add(sum, Add(small, Sub(product, Sub(sum, k)))));
    }

    /// <summary>x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).</summary>
    private (Value K, Value F) SplitForLog(Value x)
    {
        Value tiny = Compare(Op.FCmpLt, x, C(IsWide ? 2.2250738585072014e-308 : 1.17549435e-38f));
        Value normal = Select(tiny, Mul(x, C(IsWide ? 18014398509481984.0 : 33554432.0)), x); // 2^54, 2^25
        Value bits = Bits(normal);
        Value root = I(IsWide ? 0x3FE6A09E667F3BCD : 0x3F3504F3); // sqrt(1/2)
        Value exponent = Binary(Op.ShrS, Binary(Op.Sub, bits, root), _f.Int(FractionBits));
        Value fraction = Real(Binary(Op.Sub, bits, Binary(Op.Shl, exponent, _f.Int(FractionBits))));
        Value k = Convert(Op.SiToFp, Type, Binary(Op.Sub, exponent, Select(tiny, I(IsWide ? 54 : 25), I(0))));
        return (k, Sub(fraction, C(1)));
    }

    /// <summary>log(1 + f) = f - (half - rest) with half = f^2 / 2: 2 atanh(s) with s = f / (2 + f), as Taylor's series of atanh.</summary>
    private (Value Half, Value Remaining) Log1P(Value f)
    {
        Value s = Binary(Op.FDiv, f, Add(f, C(2)));
        Value z = Mul(s, s);
        Value series = Mul(z, Horner(z, Odd(IsWide ? 10 : 4)));
        Value half = Mul(Mul(C(0.5), f), f);
        return (half, Mul(s, Add(half, series)));
    }

    /// <summary>2/3, 2/5, 2/7, ...</summary>
    private static double[] Odd(int count)
    {
        var c = new double[count];
        for (int i = 0; i < count; i++) c[i] = 2.0 / ((2 * i) + 3);
        return c;
    }

    private Value LogEdges(Value x, Value result)
    {
        result = Select(Compare(Op.FCmpEq, x, C(double.PositiveInfinity)), x, result);
        result = Select(Compare(Op.FCmpEq, x, C(0)), C(double.NegativeInfinity), result);
        return Select(Compare(Op.FCmpLtUn, x, C(0)), C(double.NaN), result);
    }

    /// <summary>x - n ln 2, the first product exact in the fused operation.</summary>
    private Value ReduceByLn2(Value x, Value n)
    {
        (double high, double low) = IsWide ? (Ln2High, Ln2Low) : (0.6931471824645996, -1.9046542121259336e-09);
        return Fma(n, C(-low), Fma(n, C(-high), x));
    }

    /// <summary>e^(r + low) of |r| up to ln(2) / 2.</summary>
    private Value ExpOfReduced(Value r, Value? low)
    {
        Value tail = Mul(Mul(r, r), ExpTail(r));
        Value sum = Add(C(1), Add(r, tail));
        return low is null ? sum : Fma(low, sum, sum);
    }

    /// <summary>(e^r - 1 - r) / r^2.</summary>
    private Value ExpTail(Value r)
    {
        var c = new double[IsWide ? 12 : 6];
        double factorial = 2;
        for (int i = 0; i < c.Length; i++)
        {
            c[i] = 1 / factorial;
            factorial *= i + 3;
        }

        return Horner(r, c);
    }

    /// <summary>x 2^n in two exact steps but for the last, so that results below the normal range are rounded once.</summary>
    private Value Scale(Value x, Value n)
    {
        Value first = Binary(Op.ShrS, n, _f.Int(1));
        return Mul(Mul(x, PowerOf2(first)), PowerOf2(Binary(Op.Sub, n, first)));
    }

    private Value PowerOf2(Value n) => Real(Binary(Op.Shl, Binary(Op.Add, n, I(Bias)), _f.Int(FractionBits)));

    private Value Horner(Value x, double[] coefficients)
    {
        Value sum = C(coefficients[^1]);
        for (int i = coefficients.Length - 2; i >= 0; i--) sum = Fma(sum, x, C(coefficients[i]));
        return sum;
    }

    private Value Clamp(Value x, double least, double most) => Binary(Op.FMinNum, Binary(Op.FMaxNum, x, C(least)), C(most));

    private Value C(double value) => IsWide ? _f.Double(value) : _f.Float((float)value);

    private Value I(long value) => _f.Const(IntType, value);

    private Value Add(Value a, Value b) => _b.Binary(Op.FAdd, a, b);

    private Value Sub(Value a, Value b) => _b.Binary(Op.FSub, a, b);

    private Value Mul(Value a, Value b) => _b.Binary(Op.FMul, a, b);

    private Value Fma(Value a, Value b, Value c) => _b.Fma(a, b, c);

    private Value Neg(Value a) => _b.Unary(Op.FNeg, a);

    private Value Unary(Op op, Value a) => _b.Unary(op, a);

    private Value Binary(Op op, Value a, Value b) => _b.Binary(op, a, b);

    private Value Compare(Op op, Value a, Value b) => _b.Binary(op, a, b);

    private Value IsNaN(Value x) => _b.Binary(Op.FCmpNe, x, x);

    private Value And(Value a, Value b) => _b.Binary(Op.And, a, b);

    private Value Or(Value a, Value b) => _b.Binary(Op.Or, a, b);

    private Value Select(Value c, Value a, Value b) => _b.Select(c, a, b);

    private Value Convert(Op op, IrType type, Value a) => _b.Convert(op, type, a);

    private Value ToInt(Value integral) => Convert(Op.FpToSi, IntType, integral);

    private Value Bits(Value real) => Convert(Op.Bitcast, IntType, real);

    private Value Real(Value bits) => Convert(Op.Bitcast, Type, bits);

    /// <summary>Cuts the block before the instruction: what was before it stays, it and the rest go to the block that comes back.</summary>
    private Block Split()
    {
        Block before = _at.Block!;
        Block after = _f.AddBlock();
        Value? next;
        for (Value? v = _at; v is not null; v = next)
        {
            next = v.Next;
            before.Unlink(v);
            after.Append(v);
        }

        foreach (Block target in after.Successors) target.ReplacePred(before, after);
        _b.SetEnd(before);
        return after;
    }
}
