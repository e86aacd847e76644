using System.Globalization;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>Arithmetic, comparisons and conversions that are more than one opcode.</summary>
internal sealed partial class PtxWriter
{
    private const string Log2E = "0f3FB8AA3B";
    private const string Ln2 = "0f3F317218";

    /// <summary>Opcode, result, operands in order.</summary>
    internal void Plain(string opcode, Value v)
    {
        switch (v.Operands.Length)
        {
            case 1:
                Line(opcode, Reg(v), Use(v[0]));
                break;
            case 2:
                Line(opcode, Reg(v), Use(v[0]), Use(v[1]));
                break;
            default:
                Line(opcode, Reg(v), Use(v[0]), Use(v[1]), Use(v[2]));
                break;
        }
    }

    internal void Select(Value v)
    {
        if (v.Type.Kind != Kind.I1)
        {
            Line("selp." + Bits(v.Type), Reg(v), Use(v[1]), Use(v[2]), Use(v[0]));
            return;
        }

        // Predicates have no select: (c and a) or (not c and b).
        string both = NewRegister(IrType.I1);
        string not = NewRegister(IrType.I1);
        string condition = Use(v[0]);
        Line("and.pred", both, condition, Use(v[1]));
        Line("not.pred", not, condition);
        Line("and.pred", not, not, Use(v[2]));
        Line("or.pred", Reg(v), both, not);
    }

    /// <summary>C# masks the amount; PTX clamps it.</summary>
    internal void Shift(string opcode, Value v)
    {
        int mask = v.Type.Bits - 1;
        string amount;
        if (v[1].TryGetInt(out long constant))
        {
            amount = (constant & mask).ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            amount = NewRegister(IrType.I32);
            Line("and.b32", amount, Use(v[1]), mask.ToString(CultureInfo.InvariantCulture));
        }

        Line(opcode + v.Type.Bits.ToString(CultureInfo.InvariantCulture), Reg(v), Use(v[0]), amount);
    }

    internal void CountTrailingZeros(Value v)
    {
        string reversed = NewRegister(v[0].Type);
        Line($"brev.b{v[0].Type.Bits}", reversed, Use(v[0]));
        Line($"clz.b{v[0].Type.Bits}", Reg(v), reversed);
    }

    /// <summary>Math.Min keeps NaN; PTX drops it before sm_80 and has no .NaN form for f64.</summary>
    internal void MinMaxNaN(string opcode, Value v)
    {
        if (v.Type == IrType.F32 && Target >= 80)
        {
            Plain($"{opcode}.NaN.f32", v);
            return;
        }

        string number = NewRegister(v.Type);
        string isNaN = NewRegister(IrType.I1);
        Line($"{opcode}.f{v.Type.Bits}", number, Use(v[0]), Use(v[1]));
        Line($"setp.nan.f{v.Type.Bits}", isNaN, Use(v[0]), Use(v[1]));
        Line("selp." + Bits(v.Type), Reg(v), v.Type == IrType.F32 ? "0f7FFFFFFF" : "0d7FF8000000000000", number, isNaN);
    }

    internal void Round(string mode, Value v) => Line($"cvt.{mode}.f{v.Type.Bits}.f{v.Type.Bits}", Reg(v), UseReg(v[0]));

    /// <summary>rsqrt.approx is within 2 ulp in f32; in f64 it has 20 good bits only.</summary>
    internal void ReciprocalRoot(Value v)
    {
        if (v.Type == IrType.F32)
        {
            Line("rsqrt.approx.f32", Reg(v), Use(v[0]));
            return;
        }

        string root = NewRegister(v.Type);
        Line("sqrt.rn.f64", root, Use(v[0]));
        Line("rcp.rn.f64", Reg(v), root);
    }

    /// <summary>
    /// ex2, lg2, sin, cos: exist in f32 only; ex2.approx is within 2 ulp, so it serves the exact form too. The fast forms flush denormals (.ftz): without that ptxas
    /// surrounds each with a comparison and two multiplications.
    /// </summary>
    internal void Approximate(string opcode, Value v)
    {
        RequireFast(v, exactToo: opcode == "ex2");
        Line(opcode + (v.Fast ? ".approx.ftz.f32" : ".approx.f32"), Reg(v), Use(v[0]));
    }

    internal void FastExp(Value v)
    {
        RequireFast(v, exactToo: false);
        string scaled = NewRegister(v.Type);
        Line("mul.rn.f32", scaled, Use(v[0]), Log2E);
        Line("ex2.approx.ftz.f32", Reg(v), scaled);
    }

    internal void FastLog(Value v)
    {
        RequireFast(v, exactToo: false);
        string log2 = NewRegister(v.Type);
        Line("lg2.approx.ftz.f32", log2, Use(v[0]));
        Line("mul.rn.f32", Reg(v), log2, Ln2);
    }

    internal void FastPow(Value v)
    {
        RequireFast(v, exactToo: false);
        string log2 = NewRegister(v.Type);
        string product = NewRegister(v.Type);
        Line("lg2.approx.ftz.f32", log2, Use(v[0]));
        Line("mul.rn.f32", product, log2, Use(v[1]));
        Line("ex2.approx.ftz.f32", Reg(v), product);
    }

    /// <summary>tanh.approx exists from sm_75 on; before: 1 - 2 / (1 + e^2a), which saturates as it should.</summary>
    internal void FastTanh(Value v)
    {
        RequireFast(v, exactToo: false);
        if (Target >= 75)
        {
            Line("tanh.approx.f32", Reg(v), Use(v[0]));
            return;
        }

        string t = NewRegister(v.Type);
        string u = NewRegister(v.Type);
        Line("mul.rn.f32", t, Use(v[0]), "0f4038AA3B"); // 2 log2(e)
        Line("ex2.approx.ftz.f32", u, t);
        string w = NewRegister(v.Type);
        Line("add.rn.f32", w, u, "0f3F800000");
        string x = NewRegister(v.Type);
        Line("rcp.approx.ftz.f32", x, w);
        Line("fma.rn.f32", Reg(v), x, "0fC0000000", "0f3F800000");
    }

    internal void CompareEqual(Value v, bool equal)
    {
        IrType type = v[0].Type;
        if (type.Kind != Kind.I1)
        {
            Plain($"setp.{(equal ? "eq" : "ne")}.b{(IsNarrowPointer(type) ? 32 : type.Bits)}", v);
            return;
        }

        string differs = equal ? NewRegister(IrType.I1) : Reg(v);
        Line("xor.pred", differs, Use(v[0]), Use(v[1]));
        if (equal) Line("not.pred", Reg(v), differs);
    }

    /// <summary>8-bit values live in 16-bit registers with any upper half: every use reads the low 8 bits only.</summary>
    internal void Truncate(Value v)
    {
        int bits = Math.Max(v.Type.Bits, 16);
        if (bits == 16 && v[0].Type.Bits == 16) Line("mov.b16", Reg(v), UseReg(v[0]));
        else Line($"cvt.u{bits}.u{v[0].Type.Bits}", Reg(v), UseReg(v[0]));
    }

    internal void Extend(char sign, Value v)
    {
        IrType from = v[0].Type;
        int bits = Math.Max(v.Type.Bits, 16);
        if (from.Kind == Kind.I1) Line($"selp.{(bits == 16 ? "u16" : "b" + bits.ToString(CultureInfo.InvariantCulture))}", Reg(v), sign == 's' ? "-1" : "1", "0", Use(v[0]));
        else Line($"cvt.{sign}{bits}.{sign}{from.Bits}", Reg(v), UseReg(v[0]));
    }

    /// <summary>The instruction saturates as C# does; NaN gives 0 only from f32 to 32 bits, elsewhere we say so.</summary>
    internal void FloatToInt(char sign, Value v)
    {
        IrType from = v[0].Type;
        string source = UseReg(v[0]);
        bool zeroesNaN = from == IrType.F32 && v.Type == IrType.I32;
        string number = zeroesNaN ? Reg(v) : NewRegister(v.Type);
        Line($"cvt.rzi.{sign}{v.Type.Bits}.f{from.Bits}", number, source);
        if (zeroesNaN) return;
        string isNaN = NewRegister(IrType.I1);
        Line($"setp.nan.f{from.Bits}", isNaN, source, source);
        Line($"selp.b{v.Type.Bits}", Reg(v), "0", number, isNaN);
    }

    internal void WidenFloat(Value v)
    {
        if (v[0].Type != IrType.BF16)
        {
            Line($"cvt.f{v.Type.Bits}.f{v[0].Type.Bits}", Reg(v), UseReg(v[0]));
            return;
        }

        // A bfloat16 is the upper half of a float.
        string zero = NewRegister(IrType.I16);
        string bits = NewRegister(IrType.I32);
        Line("mov.b16", zero, "0");
        Line("mov.b32", bits, $"{{{zero}, {UseReg(v[0])}}}");
        Line("mov.b32", Reg(v), bits);
    }

    internal void NarrowFloat(Value v)
    {
        string source = UseReg(v[0]);
        if (v.Type != IrType.BF16)
        {
            Line($"cvt.rn.f{v.Type.Bits}.f{v[0].Type.Bits}", Reg(v), source);
            return;
        }

        if (Target >= 80)
        {
            Line("cvt.rn.bf16.f32", Reg(v), source);
            return;
        }

        // Nearest even by hand: add half of the last place, less one when the kept part is even; NaN keeps its quiet upper half.
        string bits = NewRegister(IrType.I32);
        string odd = NewRegister(IrType.I32);
        string rounded = NewRegister(IrType.I32);
        string isNaN = NewRegister(IrType.I1);
        Line("mov.b32", bits, source);
        Line("shr.u32", odd, bits, "16");
        Line("and.b32", odd, odd, "1");
        Line("add.s32", rounded, bits, odd);
        Line("add.s32", rounded, rounded, "32767");
        Line("setp.nan.f32", isNaN, source, source);
        Line("selp.b32", rounded, "2147418112", rounded, isNaN); // 0x7FFF0000
        Line("shr.u32", rounded, rounded, "16");
        Line("cvt.u16.u32", Reg(v), rounded);
    }

    internal void RoundTf32(Value v)
    {
        string source = UseReg(v[0]);
        string bits = NewRegister(IrType.I32);
        if (Target >= 80)
        {
            Line("cvt.rna.tf32.f32", bits, source);
            Line("and.b32", bits, bits, "-8192"); // the low 13 bits are unspecified there, zero in our definition
            Line("mov.b32", Reg(v), bits);
            return;
        }

        string rounded = NewRegister(IrType.I32);
        string finite = NewRegister(IrType.I1);
        Line("mov.b32", bits, source);
        Line("add.s32", rounded, bits, "4096");
        Line("testp.finite.f32", finite, source);
        Line("selp.b32", rounded, rounded, bits, finite);
        Line("and.b32", rounded, rounded, "-8192");
        Line("mov.b32", Reg(v), rounded);
    }

    internal void Unpack(Value v)
    {
        string other = NewRegister(v.Type);
        Line("mov.b32", v.Imm == 0 ? $"{{{Reg(v)}, {other}}}" : $"{{{other}, {Reg(v)}}}", UseReg(v[0]));
    }

    private void RequireFast(Value v, bool exactToo)
    {
        if (v.Type == IrType.F32 && (v.Fast || exactToo)) return;
        throw new KernelCompilationException(
            Function.Info.Name, $"Kernel {Function.Info.Name}: PTX has no exact '{v.Info.Name}' of {v.Type}; ExpandMath should have replaced it.");
    }
}
