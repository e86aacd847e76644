using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Passes;

/// <summary>Sine and cosine. Payne, Hanek. Radian Reduction for Trigonometric Functions. 1983.</summary>
internal sealed partial class RealMath
{
    /// <summary>A zero word, then the bits of 2 / pi after the point: enough for every exponent of a double.</summary>
    private static readonly ulong[] s_twoOverPi =
    [
        0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C,
        0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F,
        0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08,
        0x56033046FC7B6BAB,
    ];

    /// <summary>sin(x + quarterTurns pi / 2).</summary>
    internal Value Sine(Value x, int quarterTurns)
    {
        Value a = Unary(Op.FAbs, x);
        // Below, n (pi / 2) is exact in the fused steps; from there on the product with 2 / pi needs all its bits.
        Value isHuge = Compare(Op.FCmpLe, C(IsWide ? 1048576 : 32768), a);
        isHuge = And(isHuge, Compare(Op.FCmpLt, a, C(double.PositiveInfinity)));
        Block after = Split();
        Block slow = _f.AddBlock();
        Block fast = _f.AddBlock();
        _b.CondBr(isHuge, slow, fast);
        _b.SetEnd(slow);
        (Value slowHigh, Value slowLow, Value slowTurns) = ReduceHuge(a);
        _b.Br(after);
        _b.SetEnd(fast);
        (Value fastHigh, Value fastLow, Value fastTurns) = ReduceNear(a);
        _b.Br(after);
        _b.SetBefore(_at);
        Value r = Meet(slowHigh, fastHigh);
        Value low = Meet(slowLow, fastLow);
        Value turns = Meet(slowTurns, fastTurns);
        _b.SetBefore(_at);

        // r + low is |x| less turns quarters; sin's sign is x's, cos has none.
        Value sine = SineNear0(r, low);
        Value cosine = CosineNear0(r, low);
        if (quarterTurns == 1) turns = Binary(Op.Add, turns, _f.Int(1));
        Value odd = Binary(Op.CmpNe, Binary(Op.And, turns, _f.Int(1)), _f.Int(0));
        Value result = Select(odd, cosine, sine);
        Value negative = Binary(Op.CmpNe, Binary(Op.And, turns, _f.Int(2)), _f.Int(0));
        result = Select(negative, Neg(result), result);
        if (quarterTurns == 0) result = Select(Binary(Op.CmpLtS, Bits(x), I(0)), Neg(result), result);
        result = Select(Compare(Op.FCmpEq, a, C(double.PositiveInfinity)), C(double.NaN), result);
        return Select(IsNaN(x), x, result);
    }

    private Value Meet(Value fromSlow, Value fromFast)
    {
        Value phi = _b.Phi(fromSlow.Type);
        phi.AddOperand(fromSlow);
        phi.AddOperand(fromFast);
        return phi;
    }

    /// <summary>a - n pi / 2 with pi / 2 in three parts (Cody and Waite, with fused steps), as a sum of two.</summary>
    private (Value High, Value Low, Value Turns) ReduceNear(Value a)
    {
        (double p1, double p2, double p3) = IsWide
            ? (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)
            : (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15);
        Value n = Unary(Op.RoundEven, Mul(a, C(0.6366197723675814)));
        Value exact = Fma(n, C(-p1), a);
        // exact - n p2 in two parts, whichever is larger (Knuth's sum): near a multiple of pi / 2 nearly all of it cancels.
        Value w = Mul(n, C(-p2));
        Value wLow = Fma(n, C(-p2), Neg(w));
        Value sum = Add(exact, w);
        Value part = Sub(sum, exact);
        Value lost = Add(Sub(exact, Sub(sum, part)), Sub(w, part));
        Value rest = Fma(n, C(-p3), Add(lost, wLow));
        Value high = Add(sum, rest);
        return (high, Sub(rest, Sub(high, sum)), Convert(Op.FpToSi, IrType.I32, n));
    }

    /// <summary>
    /// a = m 2^e: of the bits of 2 / pi only those count that m 2^e brings between 2 (higher ones are whole turns) and 2^-126; the product of m with
    /// that window, modulo 4, is the quadrant and the fraction.
    /// </summary>
    private (Value High, Value Low, Value Turns) ReduceHuge(Value a)
    {
        bool wide = IsWide;
        Value bits = Bits(a);
        Value field = Binary(Op.ShrU, bits, _f.Int(FractionBits));
        Value m = Binary(Op.Or, Binary(Op.And, bits, I((1L << FractionBits) - 1)), I(1L << FractionBits));
        Value exponent = wide ? Convert(Op.IntTrunc, IrType.I32, field) : field;
        if (!wide) m = Convert(Op.ZExt, IrType.I64, m);
        // the window's first bit in the table: 62 + e, where e = field - bias - fraction bits
        Value start = Binary(Op.Add, exponent, _f.Int(62 - Bias - FractionBits));
        Value word = Binary(Op.ShrS, start, _f.Int(6));
        Value shift = Binary(Op.And, start, _f.Int(63));
        Value[] words = Words(word, wide ? 4 : 3, wide ? 16 : 2);
        var window = new Value[words.Length - 1];
        Value back = Binary(Op.Sub, _f.Int(63), shift);
        for (int i = 0; i < window.Length; i++)
        {
            Value next = Binary(Op.ShrU, Binary(Op.ShrU, words[i + 1], _f.Int(1)), back); // by 64 - shift, which may be 64
            window[i] = Binary(Op.Or, Binary(Op.Shl, words[i], shift), next);
        }

        // The product modulo 2^128 (2^192): first the low words' high halves.
        Value high = Binary(Op.Mul, m, window[0]);
        Value mid = Binary(Op.Mul, m, window[1]);
        high = Binary(Op.Add, high, Binary(Op.MulHiU, m, window[1]));
        if (wide)
        {
            Value carry = Binary(Op.MulHiU, m, window[2]);
            mid = Binary(Op.Add, mid, carry);
            high = Binary(Op.Add, high, Convert(Op.ZExt, IrType.I64, Binary(Op.CmpLtU, mid, carry)));
        }

        // Two bits of quadrant; the fraction as a signed one, rounding the quadrant to nearest.
        Value fraction = Binary(Op.Or, Binary(Op.Shl, high, _f.Int(2)), Binary(Op.ShrU, mid, _f.Int(62)));
        Value rest = Binary(Op.Shl, mid, _f.Int(2));
        Value turns = Convert(Op.IntTrunc, IrType.I32, Binary(Op.Add, Binary(Op.ShrU, high, _f.Int(62)), Binary(Op.ShrU, fraction, _f.Int(63))));
        Type = IrType.F64;
        const double Unit = 1.0 / 4294967296 / 4294967296; // 2^-64
        Value whole = Convert(Op.SiToFp, IrType.F64, fraction);
        Value f = Mul(whole, C(Unit));
        if (!wide)
        {
            Value product = Mul(f, C(1.5707963267948966));
            Type = IrType.F32;
            Value r = Convert(Op.FpTrunc, IrType.F32, product);
            Value exactR = Convert(Op.FpExt, IrType.F64, r);
            return (r, Convert(Op.FpTrunc, IrType.F32, Sub(product, exactR)), turns);
        }

        Value lost = Binary(Op.Sub, fraction, Convert(Op.FpToSi, IrType.I64, whole));
        Value small = Fma(Convert(Op.UiToFp, IrType.F64, rest), C(Unit * Unit), Mul(Convert(Op.SiToFp, IrType.F64, lost), C(Unit)));
        Value total = Add(f, small);
        Value left = Sub(small, Sub(total, f));
        Value result = Mul(total, C(1.5707963267948966));
        Value error = Fma(total, C(1.5707963267948966), Neg(result));
        error = Fma(total, C(6.123233995736766e-17), error);
        return (result, Fma(left, C(1.5707963267948966), error), turns);
    }

    /// <summary>Words [index], [index + 1], ... of the table: shifted by 16, 8, ... words where the index has that bit.</summary>
    private Value[] Words(Value index, int count, int most)
    {
        var words = new Value[Math.Min(most + count, s_twoOverPi.Length)];
        for (int i = 0; i < words.Length; i++) words[i] = _f.Const(IrType.I64, (long)s_twoOverPi[i]);
        for (int bit = 16; bit > 0; bit /= 2)
        {
            if (bit > most) continue;
            Value isSet = Binary(Op.CmpNe, Binary(Op.And, index, _f.Int(bit)), _f.Int(0));
            var shifted = new Value[Math.Min(words.Length, bit - 1 + count)];
            for (int i = 0; i < shifted.Length; i++) shifted[i] = i + bit < words.Length ? Select(isSet, words[i + bit], words[i]) : words[i];
            words = shifted;
        }

        return words[..count];
    }

    private Value SineNear0(Value r, Value low)
    {
        Value z = Mul(r, r);
        Value cube = Mul(z, r);
        Value series = Mul(cube, Horner(z, Factorials(3, IsWide ? 8 : 4)));
        // sin(r + low) = sin r + low cos r
        return Add(r, Add(series, Fma(Mul(z, C(-0.5)), low, low)));
    }

    private Value CosineNear0(Value r, Value low)
    {
        Value z = Mul(r, r);
        Value half = Mul(z, C(0.5));
        Value first = Sub(C(1), half);
        Value lost = Sub(Sub(C(1), first), half); // 1 - z / 2 in two parts
        Value series = Mul(Mul(z, z), Horner(z, Factorials(4, IsWide ? 7 : 4)));
        return Add(first, Add(lost, Fma(Neg(r), low, series)));
    }

    /// <summary>Taylor's coefficients of sine (from 3) or cosine (from 4): 1 / from!, of alternating sign in steps of 2.</summary>
    private static double[] Factorials(int from, int count)
    {
        var c = new double[count];
        double factorial = 1;
        for (int i = 2; i <= from; i++) factorial *= i;
        double sign = from == 3 ? -1 : 1;
        for (int i = 0; i < count; i++)
        {
            c[i] = sign / factorial;
            sign = -sign;
            factorial *= (from + (2 * i) + 1) * (from + (2 * i) + 2);
        }

        return c;
    }
}
