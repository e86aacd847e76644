using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>Powers, with the special cases of Math.Pow, and the remainder.</summary>
internal sealed partial class RealMath
{
    /// <summary>
    /// |x|^y = e^(y log |x|). In f32 the product is computed in f64, which is exact enough by far; in f64 the logarithm has two parts
    /// (some 66 bits), since y multiplies its error by up to 745.
    /// </summary>
    internal Value Pow(Value x, Value y)
    {
        Value a = Unary(Op.FAbs, x);
        Value magnitude = IsWide ? WidePower(a, y) : NarrowPower(a, y);
        Value infinity = C(double.PositiveInfinity);
        Value zero = C(0);
        Value yNegative = Compare(Op.FCmpLt, y, zero);
        Value yInfinite = Compare(Op.FCmpEq, Unary(Op.FAbs, y), infinity);
        Value xZero = Compare(Op.FCmpEq, a, zero);
        Value xInfinite = Compare(Op.FCmpEq, a, infinity);
        magnitude = Select(Or(xZero, xInfinite), Select(Binary(Op.CmpEq, xZero, yNegative), infinity, zero), magnitude);
        Value big = Compare(Op.FCmpLt, C(1), a);
        Value toInfinity = Select(Binary(Op.CmpEq, big, yNegative), zero, infinity);
        magnitude = Select(yInfinite, Select(Compare(Op.FCmpEq, a, C(1)), C(1), toInfinity), magnitude);

        Value yIntegral = Compare(Op.FCmpEq, Unary(Op.Trunc, y), y);
        Value half = Mul(y, C(0.5));
        Value yOdd = And(yIntegral, Compare(Op.FCmpNe, Unary(Op.Trunc, half), half));
        Value xSigned = Binary(Op.CmpLtS, Bits(x), I(0));
        Value result = Select(And(xSigned, yOdd), Neg(magnitude), magnitude);
        Value noRoot = And(Compare(Op.FCmpLt, x, zero), And(_b.Unary(Op.Not, yIntegral), _b.Unary(Op.Not, xInfinite)));
        result = Select(Or(noRoot, Or(IsNaN(x), IsNaN(y))), C(double.NaN), result);
        return Select(Or(Compare(Op.FCmpEq, y, zero), Compare(Op.FCmpEq, x, C(1))), C(1), result);
    }

    private Value NarrowPower(Value a, Value y)
    {
        Value wideA = Convert(Op.FpExt, IrType.F64, a);
        Value wideY = Convert(Op.FpExt, IrType.F64, y);
        Type = IrType.F64;
        Value result = Exp(Mul(wideY, Log(wideA)));
        Type = IrType.F32;
        return Convert(Op.FpTrunc, IrType.F32, result);
    }

    private Value WidePower(Value a, Value y)
    {
        (Value high, Value low) = TwoPartLog(a);
        Value product = Mul(y, high);
        Value rest = Fma(y, low, Fma(y, high, Neg(product)));
        Value outside = Compare(Op.FCmpLt, C(800), Unary(Op.FAbs, product)); // 0 or infinity then, whatever the rest
        rest = Select(outside, C(0), rest);
        Value p = Clamp(product, -800, 800);
        Value n = Unary(Op.RoundEven, Mul(p, C(Log2EHigh)));
        Value exact = Fma(n, C(-Ln2High), p);
        Value r = Fma(n, C(-Ln2Low), exact);
        Value lost = Fma(n, C(-Ln2Low), Sub(exact, r));
        Value power = Binary(Op.MaxS, Binary(Op.MinS, ToInt(n), I(1100)), I(-1140)); // 0 or infinity from there on
        return Scale(ExpOfReduced(r, Add(lost, rest)), power);
    }

    /// <summary>log(a) as a sum of two doubles: k ln 2 + 2 s + s^3 (2/3 + s^2 (2/5 + ...)), the first terms in two parts each.</summary>
    private (Value High, Value Low) TwoPartLog(Value a)
    {
        (Value k, Value f) = SplitForLog(a);
        Value d = Add(f, C(2));
        Value dLow = Sub(f, Sub(d, C(2)));
        Value s = Binary(Op.FDiv, f, d);
        Value sLow = Binary(Op.FDiv, Fma(Neg(s), dLow, Fma(Neg(s), d, f)), d);
        Value z = Mul(s, s);
        Value zLow = Fma(Add(s, s), sLow, Fma(s, s, Neg(z)));
        double[] series = Odd(11)[1..];
        Value t = Mul(z, Horner(z, series));
        Value c = Add(C(2.0 / 3), t);
        Value cLow = Add(Sub(t, Sub(c, C(2.0 / 3))), C(3.700743415417188e-17)); // 2/3 in two parts
        Value w = Mul(z, c);
        Value wLow = Fma(z, cLow, Fma(zLow, c, Fma(z, c, Neg(w))));
        Value u = Mul(s, w);
        Value uLow = Fma(s, wLow, Fma(sLow, w, Fma(s, w, Neg(u))));

        // 2 s + u, then k ln 2 + that: each time the larger first, what is lost goes to the low part.
        Value twice = Add(s, s);
        Value sum = Add(twice, u);
        Value sumLow = Add(Sub(u, Sub(sum, twice)), Add(Add(sLow, sLow), uLow));
        Value base2 = Mul(k, C(0.6931471805598903)); // exact: 42 bits times 11
        Value total = Add(base2, sum);
        Value totalLow = Add(Sub(sum, Sub(total, base2)), Fma(k, C(5.497923018708371e-14), sumLow));
        Value high = Add(total, totalLow);
        return (high, Sub(totalLow, Sub(high, total)));
    }

    /// <summary>
    /// a - b trunc(a / b), exact: while |a| is not below |b|, take q 2^k |b| off with k so that q has at most 22 (49) bits. The product
    /// and the difference are exact in the fused operation; a quotient that was rounded up is put right by adding the divisor back.
    /// </summary>
    internal Value Remainder(Value a, Value b)
    {
        Value dividend = Unary(Op.FAbs, a);
        Value divisor = Unary(Op.FAbs, b);
        Value infinity = C(double.PositiveInfinity);
        Value ok = And(Compare(Op.FCmpLt, dividend, infinity), Compare(Op.FCmpLt, C(0), divisor)); // false with NaN
        Value divisorExponent = Exponent(divisor);
        Block before = _at.Block!;
        Block after = Split();
        (Block header, Block body) = (_f.AddBlock(), _f.AddBlock());
        _b.Br(header);
        _b.SetEnd(header);
        Value rest = _b.Phi(Type);
        rest.AddOperand(dividend);
        _b.CondBr(And(ok, Compare(Op.FCmpLe, divisor, rest)), body, after);
        _b.SetEnd(body);
        Value shift = Binary(Op.MaxS, Binary(Op.Sub, Binary(Op.Sub, Exponent(rest), divisorExponent), I(IsWide ? 48 : 20)), I(0));
        shift = Binary(Op.MinS, shift, I(2 * Bias)); // two powers of 2 that are finite; q has three bits more then
        Value first = Binary(Op.ShrS, shift, _f.Int(1));
        Value step = Mul(Mul(divisor, PowerOf2(first)), PowerOf2(Binary(Op.Sub, shift, first)));
        Value q = Unary(Op.Trunc, Binary(Op.FDiv, rest, step));
        Value difference = Fma(Neg(q), step, rest);
        Value next = Select(Compare(Op.FCmpLt, difference, C(0)), Add(difference, step), difference);
        _b.Br(header);
        rest.AddOperand(next);
        System.Diagnostics.Debug.Assert(header.Preds[0] == before, "the header's first edge comes from before the loop");
        _b.SetBefore(_at);
        return Select(ok, Binary(Op.CopySign, rest, a), Select(IsNaN(a), a, C(double.NaN)));
    }

    /// <summary>Biased exponent; of numbers below the normal range what it would be, were there room for it.</summary>
    private Value Exponent(Value positive)
    {
        Value bits = Bits(positive);
        Value field = Binary(Op.ShrU, bits, _f.Int(FractionBits));
        Value zeros = _b.Emit(Op.Clz, IrType.I32, bits);
        Value top = Binary(Op.Sub, _f.Int((IsWide ? 63 : 31) - FractionBits + 1), zeros);
        Value below = IsWide ? Convert(Op.SExt, IrType.I64, top) : top;
        return Select(Binary(Op.CmpEq, field, I(0)), below, field);
    }
}
