using System.Globalization;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>One row per operation: how OpenCL C says it. A test asks that every op has a row or stands in <see cref="Refused"/>.</summary>
internal static class ClOps
{
    private static readonly Action<ClWriter, Value>?[] s_rows = Build();

    /// <summary>Ops that no OpenCL device can run: inline PTX.</summary>
    internal static ReadOnlySpan<Op> Refused => [Op.Asm, Op.AsmOutput];

    /// <summary>The writer of an operation.</summary>
    internal static Action<ClWriter, Value> Row(Op op) => s_rows[(int)op] ?? Refuse;

    /// <summary>Whether there is a row.</summary>
    internal static bool Has(Op op) => s_rows[(int)op] is not null;

    private static Action<ClWriter, Value>?[] Build()
    {
        var rows = new Action<ClWriter, Value>?[OpInfo.Count];
        void Set(Op op, Action<ClWriter, Value> write) => rows[(int)op] = write;
        void Infix(Op op, string symbol) => Set(op, (w, v) => w.Assign(v, $"{w.Use(v[0])} {symbol} {w.Use(v[1])}"));
        void SignedInfix(Op op, string symbol) => Set(op, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)})({w.Signed(v[0])} {symbol} {w.Signed(v[1])})"));
        void Call(Op op, string name) => Set(op, (w, v) => w.Assign(v, w.CallText(name, v)));
        void SignedCall(Op op, string name) => Set(op, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)}){w.SignedCallText(name, v)}"));

        // with a native_ form that "fast" allows, in float only
        void Math(Op op, string name) => Set(op, (w, v) => w.Assign(v, w.CallText(v.Fast && v.Type == IrType.F32 ? "native_" + name : name, v)));

        Set(Op.Select, (w, v) => w.Assign(v, $"{w.Use(v[0])} ? {w.Use(v[1])} : {w.Use(v[2])}"));
        Set(Op.Extract, (_, _) => { }); // a component of the vector's variable: ClWriter.Use

        Infix(Op.Add, "+");
        Infix(Op.Sub, "-");
        Infix(Op.Mul, "*");
        SignedCall(Op.MulHiS, "mul_hi");
        Call(Op.MulHiU, "mul_hi");
        SignedInfix(Op.DivS, "/");
        Infix(Op.DivU, "/");
        SignedInfix(Op.RemS, "%");
        Infix(Op.RemU, "%");
        Set(Op.Neg, (w, v) => w.Assign(v, $"0u - {w.Use(v[0])}"));
        SignedCall(Op.AbsS, "abs");
        SignedCall(Op.MinS, "min");
        SignedCall(Op.MaxS, "max");
        Call(Op.MinU, "min");
        Call(Op.MaxU, "max");
        Infix(Op.And, "&");
        Infix(Op.Or, "|");
        Infix(Op.Xor, "^");
        Set(Op.Not, (w, v) => w.Assign(v, (v.Type.Kind == Kind.I1 ? "!" : "~") + w.Use(v[0])));
        Set(Op.Shl, (w, v) => w.Assign(v, $"{w.Use(v[0])} << {w.Amount(v)}"));
        Set(Op.ShrS, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)})({w.Signed(v[0])} >> {w.Amount(v)})"));
        Set(Op.ShrU, (w, v) => w.Assign(v, $"{w.Use(v[0])} >> {w.Amount(v)}"));
        Set(Op.PopCount, (w, v) => w.Assign(v, $"(uint)popcount({w.Use(v[0])})"));
        Set(Op.Clz, (w, v) => w.Assign(v, $"(uint)clz({w.Use(v[0])})"));
        Set(Op.Ctz, (w, v) => w.Assign(v, w.CallText(w.Need(v[0].Type.Bits == 64 ? ClFunction.TrailingZerosLong : ClFunction.TrailingZeros), v)));

        Infix(Op.FAdd, "+");
        Infix(Op.FSub, "-");
        Infix(Op.FMul, "*");
        Set(Op.FDiv, (w, v) => w.Assign(v, v.Fast && v.Type == IrType.F32 ? w.CallText("native_divide", v) : $"{w.Use(v[0])} / {w.Use(v[1])}"));
        Call(Op.FRem, "fmod");
        Call(Op.Fma, "fma");
        Set(Op.FNeg, (w, v) => w.Assign(v, "-" + w.Use(v[0])));
        Call(Op.FAbs, "fabs");
        Set(Op.FMin, (w, v) => w.Assign(v, w.CallText(w.Need(v.Type == IrType.F32 ? ClFunction.MinFloat : ClFunction.MinDouble), v)));
        Set(Op.FMax, (w, v) => w.Assign(v, w.CallText(w.Need(v.Type == IrType.F32 ? ClFunction.MaxFloat : ClFunction.MaxDouble), v)));
        Call(Op.FMinNum, "fmin");
        Call(Op.FMaxNum, "fmax");
        Call(Op.CopySign, "copysign");
        Call(Op.Floor, "floor");
        Call(Op.Ceil, "ceil");
        Call(Op.Trunc, "trunc");
        Call(Op.RoundEven, "rint");
        Math(Op.Sqrt, "sqrt");
        Math(Op.Rsqrt, "rsqrt");
        Set(Op.Rcp, (w, v) => w.Assign(v, v.Type == IrType.F32 ? $"1.0f / {w.Use(v[0])}" : $"1.0 / {w.Use(v[0])}"));
        Math(Op.Exp, "exp");
        Math(Op.Exp2, "exp2");
        Math(Op.Log, "log");
        Math(Op.Log2, "log2");
        Set(Op.Pow, (w, v) => w.Assign(v, w.CallText(v.Fast && v.Type == IrType.F32 ? "native_powr" : "pow", v)));
        Math(Op.Sin, "sin");
        Math(Op.Cos, "cos");
        Call(Op.Tanh, "tanh"); // there is no native_tanh

        Infix(Op.CmpEq, "==");
        Infix(Op.CmpNe, "!=");
        Set(Op.CmpLtS, (w, v) => w.Assign(v, $"{w.Signed(v[0])} < {w.Signed(v[1])}"));
        Set(Op.CmpLeS, (w, v) => w.Assign(v, $"{w.Signed(v[0])} <= {w.Signed(v[1])}"));
        Infix(Op.CmpLtU, "<");
        Infix(Op.CmpLeU, "<=");
        Infix(Op.FCmpEq, "==");
        Infix(Op.FCmpNe, "!=");
        Infix(Op.FCmpLt, "<");
        Infix(Op.FCmpLe, "<=");
        Set(Op.FCmpLtUn, (w, v) => w.Assign(v, $"!({w.Use(v[0])} >= {w.Use(v[1])})"));
        Set(Op.FCmpLeUn, (w, v) => w.Assign(v, $"!({w.Use(v[0])} > {w.Use(v[1])})"));

        Set(Op.IntTrunc, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)}){w.Use(v[0])}"));
        Set(Op.SExt, (w, v) => w.Assign(v, w.SignExtended(v)));
        Set(Op.ZExt, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)}){w.Use(v[0])}"));
        Set(Op.SiToFp, (w, v) => w.Assign(v, $"convert_{ClWriter.TypeName(v.Type)}_rte({w.Signed(v[0])})"));
        Set(Op.UiToFp, (w, v) => w.Assign(v, $"convert_{ClWriter.TypeName(v.Type)}_rte({w.Use(v[0])})"));
        Set(Op.FpToSi, (w, v) => w.Assign(v, $"({ClWriter.TypeName(v.Type)})" + w.CallText(w.Need(w.ToInt(v, signed: true)), v)));
        Set(Op.FpToUi, (w, v) => w.Assign(v, w.CallText(w.Need(w.ToInt(v, signed: false)), v)));
        Set(Op.FpExt, (w, v) => w.Assign(v, w.WidenedFloat(v)));
        Set(Op.FpTrunc, (w, v) => w.Assign(v, w.NarrowedFloat(v)));
        Set(Op.RoundTf32, (w, v) => w.Assign(v, w.CallText(w.Need(ClFunction.RoundTf32), v)));
        Set(Op.Bitcast, (w, v) => w.Assign(v, v.Type.Bits == 16 ? w.Use(v[0]) : $"as_{ClWriter.TypeName(v.Type)}({w.Use(v[0])})"));
        Set(Op.Pack2x16, (w, v) => w.Assign(v, $"(uint){w.Use(v[0])} | ((uint){w.Use(v[1])} << 16)"));
        Set(Op.Unpack2x16, (w, v) => w.Assign(v, v.Imm == 0 ? $"(ushort){w.Use(v[0])}" : $"(ushort)({w.Use(v[0])} >> 16)"));

        Set(Op.Addr, (w, v) => w.Assign(v, w.Address(v)));
        Set(Op.AssumeAligned, (w, v) => w.Assign(v, w.Use(v[0])));
        Set(Op.Load, (w, v) => w.Assign(v, "*" + w.At(v, v.Type, isConst: true)));
        Set(Op.Store, (w, v) => w.Store(v));
        Set(Op.AllocAddr, (w, v) => w.Assign(v, "alloc" + v.Imm.ToString(CultureInfo.InvariantCulture)));
        Set(Op.DynShared, (w, v) => w.Assign(v, "dynamic_shared"));
        Set(Op.DynSharedBytes, (w, v) => w.Assign(v, "dynamic_shared_bytes"));

        void Atomic(Op op, string name, bool signed = false) => Set(op, (w, v) => w.Atomic(name, signed, v));
        Atomic(Op.AtomicAdd, "add");
        Set(Op.AtomicFAdd, (w, v) => w.AtomicFloatAdd(v));
        Atomic(Op.AtomicMinS, "min", signed: true);
        Atomic(Op.AtomicMaxS, "max", signed: true);
        Atomic(Op.AtomicMinU, "min");
        Atomic(Op.AtomicMaxU, "max");
        Atomic(Op.AtomicAnd, "and");
        Atomic(Op.AtomicOr, "or");
        Atomic(Op.AtomicXor, "xor");
        Atomic(Op.AtomicExch, "xchg");
        Atomic(Op.AtomicCas, "cmpxchg");

        void Special(Op op, string function) => Set(op, (w, v) => w.Assign(v, $"(uint){function}({v.Imm})"));
        Special(Op.ThreadIdx, "get_local_id");
        Special(Op.GroupDim, "get_local_size");
        Special(Op.GroupIdx, "get_group_id");
        Special(Op.GridDim, "get_num_groups");
        Set(Op.LaneIdx, (w, v) => w.Assign(v, ClWriter.LinearIndex + " & 31u"));
        Set(Op.Barrier, (w, v) => w.GroupBarrier(v));
        Set(Op.BarrierPopCount, (w, v) => w.Assign(v, w.CountTrue(v)));
        Set(Op.BarrierAnd, (w, v) => w.Assign(v, w.CountTrue(v) + " == (uint)(get_local_size(0) * get_local_size(1) * get_local_size(2))"));
        Set(Op.BarrierOr, (w, v) => w.Assign(v, w.CountTrue(v) + " != 0u"));
        Set(Op.WarpBarrier, (w, v) => w.GroupBarrier(v));
        Set(Op.FenceGroup, (w, _) => w.Statement(ClWriter.Fence));
        Set(Op.FenceDevice, (w, _) => w.Statement(ClWriter.Fence));
        Set(Op.FenceSystem, (w, _) => w.Statement(ClWriter.Fence));
        Set(Op.Shuffle, (w, v) => w.Shuffle(v));
        Set(Op.ShuffleDown, (w, v) => w.Shuffle(v));
        Set(Op.ShuffleUp, (w, v) => w.Shuffle(v));
        Set(Op.ShuffleXor, (w, v) => w.Shuffle(v));

        Set(Op.Mma, (w, v) => w.Mma(v));
        Set(Op.LdMatrix, (w, v) => w.LdMatrix(v));
        Set(Op.CpAsync, (w, v) => w.CopyNow(v));
        Set(Op.CpAsyncCommit, (_, _) => { }); // the copy is done when it is asked for
        Set(Op.CpAsyncWait, (_, _) => { });
        return rows;
    }

    private static void Refuse(ClWriter writer, Value value) =>
        throw new KernelCompilationException(
            writer.Function.Info.Name, $"Kernel {writer.Function.Info.Name}: OpenCL C cannot say '{value.Info.Name}'; give the kernel a variant without inline PTX.");
}
