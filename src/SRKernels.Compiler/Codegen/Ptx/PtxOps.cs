using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>One row per operation: how PTX says it. A test asks that every op has a row or stands in <see cref="Expanded"/>.</summary>
internal static class PtxOps
{
    private static readonly Action<PtxWriter, Value>?[] s_rows = Build();

    /// <summary>Ops whose exact forms have no instruction; <c>ExpandMath</c> replaces them before code generation.</summary>
    internal static ReadOnlySpan<Op> Expanded => [Op.FRem]; // and the exact forms that ExpandMath.IsExpanded names

    /// <summary>The writer of an operation.</summary>
    internal static Action<PtxWriter, Value> Row(Op op) => s_rows[(int)op] ?? Refuse;

    /// <summary>Whether there is a row.</summary>
    internal static bool Has(Op op) => s_rows[(int)op] is not null;

    private static Action<PtxWriter, Value>?[] Build()
    {
        var rows = new Action<PtxWriter, Value>?[OpInfo.Count];
        void Set(Op op, Action<PtxWriter, Value> write) => rows[(int)op] = write;

        // a plain instruction: opcode and the suffix of the operand type
        void Int(Op op, string opcode, char kind) => Set(op, (w, v) => w.Plain($"{opcode}.{kind}{v.Type.Bits}", v));
        void Float(Op op, string opcode) => Set(op, (w, v) => w.Plain($"{opcode}.f{v.Type.Bits}", v));

        Set(Op.Select, (w, v) => w.Select(v));
        Set(Op.Extract, (_, _) => { }); // a name for a lane's register: PtxWriter.Reg

        Int(Op.Add, "add", 's');
        Int(Op.Sub, "sub", 's');
        Int(Op.Mul, "mul.lo", 's');
        Int(Op.MulHiS, "mul.hi", 's');
        Int(Op.MulHiU, "mul.hi", 'u');
        Int(Op.DivS, "div", 's');
        Int(Op.DivU, "div", 'u');
        Int(Op.RemS, "rem", 's');
        Int(Op.RemU, "rem", 'u');
        Int(Op.Neg, "neg", 's');
        Int(Op.AbsS, "abs", 's');
        Int(Op.MinS, "min", 's');
        Int(Op.MaxS, "max", 's');
        Int(Op.MinU, "min", 'u');
        Int(Op.MaxU, "max", 'u');
        Set(Op.And, (w, v) => w.Plain("and." + PtxWriter.Bits(v.Type), v));
        Set(Op.Or, (w, v) => w.Plain("or." + PtxWriter.Bits(v.Type), v));
        Set(Op.Xor, (w, v) => w.Plain("xor." + PtxWriter.Bits(v.Type), v));
        Set(Op.Not, (w, v) => w.Plain("not." + PtxWriter.Bits(v.Type), v));
        Set(Op.Shl, (w, v) => w.Shift("shl.b", v));
        Set(Op.ShrS, (w, v) => w.Shift("shr.s", v));
        Set(Op.ShrU, (w, v) => w.Shift("shr.u", v));
        Set(Op.PopCount, (w, v) => w.Plain($"popc.b{v[0].Type.Bits}", v));
        Set(Op.Clz, (w, v) => w.Plain($"clz.b{v[0].Type.Bits}", v));
        Set(Op.Ctz, (w, v) => w.CountTrailingZeros(v));

        Float(Op.FAdd, "add.rn");
        Float(Op.FSub, "sub.rn");
        Float(Op.FMul, "mul.rn");
        Set(Op.FDiv, (w, v) => w.Plain(v.Fast && v.Type == IrType.F32 ? "div.approx.ftz.f32" : $"div.rn.f{v.Type.Bits}", v));
        Float(Op.Fma, "fma.rn");
        Float(Op.FNeg, "neg");
        Float(Op.FAbs, "abs");
        Set(Op.FMin, (w, v) => w.MinMaxNaN("min", v));
        Set(Op.FMax, (w, v) => w.MinMaxNaN("max", v));
        Float(Op.FMinNum, "min");
        Float(Op.FMaxNum, "max");
        Set(Op.CopySign, (w, v) => w.Line($"copysign.f{v.Type.Bits}", w.Reg(v), w.Use(v[1]), w.Use(v[0])));
        Set(Op.Floor, (w, v) => w.Round("rmi", v));
        Set(Op.Ceil, (w, v) => w.Round("rpi", v));
        Set(Op.Trunc, (w, v) => w.Round("rzi", v));
        Set(Op.RoundEven, (w, v) => w.Round("rni", v));
        Set(Op.Sqrt, (w, v) => w.Plain(v.Fast && v.Type == IrType.F32 ? "sqrt.approx.f32" : $"sqrt.rn.f{v.Type.Bits}", v));
        Set(Op.Rsqrt, (w, v) => w.ReciprocalRoot(v));
        Set(Op.Rcp, (w, v) => w.Plain(v.Fast && v.Type == IrType.F32 ? "rcp.approx.ftz.f32" : $"rcp.rn.f{v.Type.Bits}", v));
        Set(Op.Exp, (w, v) => w.FastExp(v));
        Set(Op.Exp2, (w, v) => w.Approximate("ex2", v));
        Set(Op.Log, (w, v) => w.FastLog(v));
        Set(Op.Log2, (w, v) => w.Approximate("lg2", v));
        Set(Op.Pow, (w, v) => w.FastPow(v));
        Set(Op.Sin, (w, v) => w.Approximate("sin", v));
        Set(Op.Cos, (w, v) => w.Approximate("cos", v));
        Set(Op.Tanh, (w, v) => w.FastTanh(v));

        Set(Op.CmpEq, (w, v) => w.CompareEqual(v, equal: true));
        Set(Op.CmpNe, (w, v) => w.CompareEqual(v, equal: false));
        Set(Op.CmpLtS, (w, v) => w.Plain($"setp.lt.s{v[0].Type.Bits}", v));
        Set(Op.CmpLeS, (w, v) => w.Plain($"setp.le.s{v[0].Type.Bits}", v));
        Set(Op.CmpLtU, (w, v) => w.Plain($"setp.lt.u{v[0].Type.Bits}", v));
        Set(Op.CmpLeU, (w, v) => w.Plain($"setp.le.u{v[0].Type.Bits}", v));
        void FloatCompare(Op op, string relation) => Set(op, (w, v) => w.Plain($"setp.{relation}.f{v[0].Type.Bits}", v));
        FloatCompare(Op.FCmpEq, "eq");
        FloatCompare(Op.FCmpNe, "neu");
        FloatCompare(Op.FCmpLt, "lt");
        FloatCompare(Op.FCmpLe, "le");
        FloatCompare(Op.FCmpLtUn, "ltu");
        FloatCompare(Op.FCmpLeUn, "leu");

        Set(Op.IntTrunc, (w, v) => w.Truncate(v));
        Set(Op.SExt, (w, v) => w.Extend('s', v));
        Set(Op.ZExt, (w, v) => w.Extend('u', v));
        Set(Op.SiToFp, (w, v) => w.Line($"cvt.rn.f{v.Type.Bits}.s{v[0].Type.Bits}", w.Reg(v), w.UseReg(v[0])));
        Set(Op.UiToFp, (w, v) => w.Line($"cvt.rn.f{v.Type.Bits}.u{v[0].Type.Bits}", w.Reg(v), w.UseReg(v[0])));
        Set(Op.FpToSi, (w, v) => w.FloatToInt('s', v));
        Set(Op.FpToUi, (w, v) => w.FloatToInt('u', v));
        Set(Op.FpExt, (w, v) => w.WidenFloat(v));
        Set(Op.FpTrunc, (w, v) => w.NarrowFloat(v));
        Set(Op.RoundTf32, (w, v) => w.RoundTf32(v));
        Set(Op.Bitcast, (w, v) => w.Line($"mov.b{v.Type.Bits}", w.Reg(v), w.UseReg(v[0])));
        Set(Op.Pack2x16, (w, v) => w.Line("mov.b32", w.Reg(v), $"{{{w.UseReg(v[0])}, {w.UseReg(v[1])}}}"));
        Set(Op.Unpack2x16, (w, v) => w.Unpack(v));

        Set(Op.Addr, (w, v) => w.Address(v));
        Set(Op.AssumeAligned, (w, v) => w.Line(PtxWriter.IsNarrowPointer(v.Type) ? "mov.b32" : "mov.b64", w.Reg(v), w.UseReg(v[0])));
        Set(Op.Load, (w, v) => w.Load(v));
        Set(Op.Store, (w, v) => w.Store(v));
        Set(Op.AllocAddr, (w, v) => w.Line($"mov.{(v.Type.Space == Space.Shared ? "u32" : "u64")}", w.Reg(v), w.AllocationName((int)v.Imm)));
        Set(Op.DynShared, (w, v) => w.Line("mov.u32", w.Reg(v), w.DynamicShared()));
        Set(Op.DynSharedBytes, (w, v) => w.Line("mov.u32", w.Reg(v), "%dynamic_smem_size"));

        void Atomic(Op op, string opcode, char kind) => Set(op, (w, v) => w.Atomic(opcode, $"{kind}{v.Type.Bits}", v));
        Atomic(Op.AtomicAdd, "add", 'u');
        Atomic(Op.AtomicFAdd, "add", 'f');
        Atomic(Op.AtomicMinS, "min", 's');
        Atomic(Op.AtomicMaxS, "max", 's');
        Atomic(Op.AtomicMinU, "min", 'u');
        Atomic(Op.AtomicMaxU, "max", 'u');
        Atomic(Op.AtomicAnd, "and", 'b');
        Atomic(Op.AtomicOr, "or", 'b');
        Atomic(Op.AtomicXor, "xor", 'b');
        Atomic(Op.AtomicExch, "exch", 'b');
        Atomic(Op.AtomicCas, "cas", 'b');

        void Special(Op op, string register) => Set(op, (w, v) => w.Line("mov.u32", w.Reg(v), $"%{register}.{"xyz"[(int)v.Imm]}"));
        Special(Op.ThreadIdx, "tid");
        Special(Op.GroupDim, "ntid");
        Special(Op.GroupIdx, "ctaid");
        Special(Op.GridDim, "nctaid");
        Set(Op.LaneIdx, (w, v) => w.Line("mov.u32", w.Reg(v), "%laneid"));
        Set(Op.Barrier, (w, _) => w.Line("bar.sync 0"));
        Set(Op.BarrierPopCount, (w, v) => w.Line("bar.red.popc.u32", w.Reg(v), "0", w.UseReg(v[0])));
        Set(Op.BarrierAnd, (w, v) => w.Line("bar.red.and.pred", w.Reg(v), "0", w.UseReg(v[0])));
        Set(Op.BarrierOr, (w, v) => w.Line("bar.red.or.pred", w.Reg(v), "0", w.UseReg(v[0])));
        Set(Op.WarpBarrier, (w, _) => w.Line("bar.warp.sync 0xffffffff"));
        Set(Op.FenceGroup, (w, _) => w.Line("membar.cta"));
        Set(Op.FenceDevice, (w, _) => w.Line("membar.gl"));
        Set(Op.FenceSystem, (w, _) => w.Line("membar.sys"));
        Set(Op.Shuffle, (w, v) => w.Shuffle("idx", v));
        Set(Op.ShuffleDown, (w, v) => w.Shuffle("down", v));
        Set(Op.ShuffleUp, (w, v) => w.Shuffle("up", v));
        Set(Op.ShuffleXor, (w, v) => w.Shuffle("bfly", v));

        Set(Op.Mma, (w, v) => w.Mma(v));
        Set(Op.LdMatrix, (w, v) => w.LdMatrix(v));
        Set(Op.CpAsync, (w, v) => w.CpAsync(v));
        Set(Op.CpAsyncCommit, (w, _) => w.Line("cp.async.commit_group"));
        Set(Op.CpAsyncWait, (w, v) => w.Line($"cp.async.wait_group {v.Imm}"));
        Set(Op.Asm, (w, v) => w.InlineAsm(v));
        Set(Op.AsmOutput, (_, _) => { }); // written with its Asm
        return rows;
    }

    private static void Refuse(PtxWriter writer, Value value) =>
        throw new KernelCompilationException(
            writer.Function.Info.Name, $"Kernel {writer.Function.Info.Name}: PTX has no instruction for '{value.Info.Name}'; ExpandMath should have replaced it.");
}
