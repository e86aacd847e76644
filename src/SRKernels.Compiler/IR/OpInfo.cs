namespace SRKernels.Compiler.IR;

/// <summary>What passes may assume of an operation.</summary>
[Flags]
internal enum OpTraits : ushort
{
    /// <summary>Depends on its operands only, never traps: may be moved, merged, repeated, dropped.</summary>
    Pure = 0,

    /// <summary>Reads memory: not across a write, a barrier, a fence.</summary>
    Reads = 1,

    /// <summary>Writes memory or is otherwise visible: stays, in order.</summary>
    Writes = 2,

    /// <summary>All threads of a warp or group take part: never moved into or out of a branch, never duplicated.</summary>
    Convergent = 4,

    /// <summary>Ends a block.</summary>
    Terminator = 8,

    /// <summary>a op b = b op a.</summary>
    Commutative = 16,

    /// <summary>May trap: dropped if unused, but executed only where the program executes it.</summary>
    Traps = 32,

    /// <summary>Stands in no block.</summary>
    Detached = 64,

    /// <summary>May carry <see cref="Value.Fast"/>.</summary>
    HasFast = 128,

    /// <summary>Prints and parses <see cref="Value.Imm"/>.</summary>
    HasImm = 256,

    /// <summary>Carries <see cref="Value.Offset"/>.</summary>
    HasOffset = 512,
}

/// <summary>One row per <see cref="Op"/>: name in IR text, operand count (-1: any), traits.</summary>
internal readonly record struct OpInfo(Op Op, string Name, int OperandCount, OpTraits Traits)
{
    private static readonly OpInfo[] s_rows = BuildRows();

    /// <summary>Number of operations.</summary>
    internal static int Count => s_rows.Length;

    /// <summary>The row of an operation.</summary>
    internal static ref readonly OpInfo Of(Op op) => ref s_rows[(int)op];

    /// <summary>The operation with that name in IR text.</summary>
    internal static bool TryGet(string name, out Op op)
    {
        foreach (OpInfo row in s_rows)
            if (row.Name == name)
            {
                op = row.Op;
                return true;
            }

        op = default;
        return false;
    }

    internal bool Has(OpTraits traits) => (Traits & traits) != OpTraits.Pure;

    private static OpInfo[] BuildRows()
    {
        const OpTraits Pure = OpTraits.Pure;
        const OpTraits Commutative = OpTraits.Commutative;
        const OpTraits Fast = OpTraits.HasFast;
        const OpTraits Imm = OpTraits.HasImm;
        const OpTraits Sync = OpTraits.Reads | OpTraits.Writes | OpTraits.Convergent;
        const OpTraits Atomic = OpTraits.Reads | OpTraits.Writes | OpTraits.HasOffset;
        const OpTraits Effect = OpTraits.Reads | OpTraits.Writes;
        OpInfo[] rows =
        [
            new(Op.Param, "param", 0, OpTraits.Detached),
            new(Op.Const, "const", 0, OpTraits.Detached),
            new(Op.Undef, "undef", 0, OpTraits.Detached),
            new(Op.Phi, "phi", -1, Pure),
            new(Op.Select, "select", 3, Pure),
            new(Op.Extract, "extract", 1, Imm),

            new(Op.Add, "add", 2, Commutative),
            new(Op.Sub, "sub", 2, Pure),
            new(Op.Mul, "mul", 2, Commutative),
            new(Op.MulHiS, "mulhi.s", 2, Commutative),
            new(Op.MulHiU, "mulhi.u", 2, Commutative),
            new(Op.DivS, "div.s", 2, OpTraits.Traps),
            new(Op.DivU, "div.u", 2, OpTraits.Traps),
            new(Op.RemS, "rem.s", 2, OpTraits.Traps),
            new(Op.RemU, "rem.u", 2, OpTraits.Traps),
            new(Op.Neg, "neg", 1, Pure),
            new(Op.AbsS, "abs.s", 1, Pure),
            new(Op.MinS, "min.s", 2, Commutative),
            new(Op.MaxS, "max.s", 2, Commutative),
            new(Op.MinU, "min.u", 2, Commutative),
            new(Op.MaxU, "max.u", 2, Commutative),
            new(Op.And, "and", 2, Commutative),
            new(Op.Or, "or", 2, Commutative),
            new(Op.Xor, "xor", 2, Commutative),
            new(Op.Not, "not", 1, Pure),
            new(Op.Shl, "shl", 2, Pure),
            new(Op.ShrS, "shr.s", 2, Pure),
            new(Op.ShrU, "shr.u", 2, Pure),
            new(Op.PopCount, "popcount", 1, Pure),
            new(Op.Clz, "clz", 1, Pure),
            new(Op.Ctz, "ctz", 1, Pure),

            new(Op.FAdd, "fadd", 2, Commutative),
            new(Op.FSub, "fsub", 2, Pure),
            new(Op.FMul, "fmul", 2, Commutative),
            new(Op.FDiv, "fdiv", 2, Fast),
            new(Op.FRem, "frem", 2, Pure),
            new(Op.Fma, "fma", 3, Pure),
            new(Op.FNeg, "fneg", 1, Pure),
            new(Op.FAbs, "fabs", 1, Pure),
            new(Op.FMin, "fmin", 2, Commutative),
            new(Op.FMax, "fmax", 2, Commutative),
            new(Op.FMinNum, "fminnum", 2, Commutative),
            new(Op.FMaxNum, "fmaxnum", 2, Commutative),
            new(Op.CopySign, "copysign", 2, Pure),
            new(Op.Floor, "floor", 1, Pure),
            new(Op.Ceil, "ceil", 1, Pure),
            new(Op.Trunc, "trunc", 1, Pure),
            new(Op.RoundEven, "roundeven", 1, Pure),
            new(Op.Sqrt, "sqrt", 1, Fast),
            new(Op.Rsqrt, "rsqrt", 1, Fast),
            new(Op.Rcp, "rcp", 1, Fast),
            new(Op.Exp, "exp", 1, Fast),
            new(Op.Exp2, "exp2", 1, Fast),
            new(Op.Log, "log", 1, Fast),
            new(Op.Log2, "log2", 1, Fast),
            new(Op.Pow, "pow", 2, Fast),
            new(Op.Sin, "sin", 1, Fast),
            new(Op.Cos, "cos", 1, Fast),
            new(Op.Tanh, "tanh", 1, Fast),

            new(Op.CmpEq, "cmp.eq", 2, Commutative),
            new(Op.CmpNe, "cmp.ne", 2, Commutative),
            new(Op.CmpLtS, "cmp.lt.s", 2, Pure),
            new(Op.CmpLeS, "cmp.le.s", 2, Pure),
            new(Op.CmpLtU, "cmp.lt.u", 2, Pure),
            new(Op.CmpLeU, "cmp.le.u", 2, Pure),
            new(Op.FCmpEq, "fcmp.eq", 2, Commutative),
            new(Op.FCmpNe, "fcmp.ne", 2, Commutative),
            new(Op.FCmpLt, "fcmp.lt", 2, Pure),
            new(Op.FCmpLe, "fcmp.le", 2, Pure),
            new(Op.FCmpLtUn, "fcmp.lt.un", 2, Pure),
            new(Op.FCmpLeUn, "fcmp.le.un", 2, Pure),

            new(Op.IntTrunc, "itrunc", 1, Pure),
            new(Op.SExt, "sext", 1, Pure),
            new(Op.ZExt, "zext", 1, Pure),
            new(Op.SiToFp, "sitofp", 1, Pure),
            new(Op.UiToFp, "uitofp", 1, Pure),
            new(Op.FpToSi, "fptosi", 1, Pure),
            new(Op.FpToUi, "fptoui", 1, Pure),
            new(Op.FpExt, "fpext", 1, Pure),
            new(Op.FpTrunc, "fptrunc", 1, Pure),
            new(Op.RoundTf32, "roundtf32", 1, Pure),
            new(Op.Bitcast, "bitcast", 1, Pure),
            new(Op.Pack2x16, "pack", 2, Pure),
            new(Op.Unpack2x16, "unpack", 1, Imm),

            new(Op.Addr, "addr", 2, Imm),
            new(Op.AssumeAligned, "assumealigned", 1, Imm),
            new(Op.Load, "load", 1, OpTraits.Reads | OpTraits.HasOffset),
            new(Op.Store, "store", -1, OpTraits.Writes | OpTraits.HasOffset),
            new(Op.AllocAddr, "alloc", 0, Imm),
            new(Op.DynShared, "dynshared", 0, Pure),
            new(Op.DynSharedBytes, "dynsharedbytes", 0, Pure),

            new(Op.AtomicAdd, "atomic.add", 2, Atomic),
            new(Op.AtomicFAdd, "atomic.fadd", 2, Atomic),
            new(Op.AtomicMinS, "atomic.min.s", 2, Atomic),
            new(Op.AtomicMaxS, "atomic.max.s", 2, Atomic),
            new(Op.AtomicMinU, "atomic.min.u", 2, Atomic),
            new(Op.AtomicMaxU, "atomic.max.u", 2, Atomic),
            new(Op.AtomicAnd, "atomic.and", 2, Atomic),
            new(Op.AtomicOr, "atomic.or", 2, Atomic),
            new(Op.AtomicXor, "atomic.xor", 2, Atomic),
            new(Op.AtomicExch, "atomic.exch", 2, Atomic),
            new(Op.AtomicCas, "atomic.cas", 3, Atomic),

            new(Op.ThreadIdx, "threadidx", 0, Imm),
            new(Op.GroupDim, "groupdim", 0, Imm),
            new(Op.GroupIdx, "groupidx", 0, Imm),
            new(Op.GridDim, "griddim", 0, Imm),
            new(Op.LaneIdx, "laneidx", 0, Pure),
            new(Op.Barrier, "barrier", 0, Sync),
            new(Op.BarrierPopCount, "barrier.popcount", 1, Sync),
            new(Op.BarrierAnd, "barrier.and", 1, Sync),
            new(Op.BarrierOr, "barrier.or", 1, Sync),
            new(Op.WarpBarrier, "warpbarrier", 0, Sync),
            new(Op.FenceGroup, "fence.group", 0, Effect),
            new(Op.FenceDevice, "fence.device", 0, Effect),
            new(Op.FenceSystem, "fence.system", 0, Effect),
            new(Op.Shuffle, "shuffle", 3, OpTraits.Convergent),
            new(Op.ShuffleDown, "shuffle.down", 3, OpTraits.Convergent),
            new(Op.ShuffleUp, "shuffle.up", 3, OpTraits.Convergent),
            new(Op.ShuffleXor, "shuffle.xor", 3, OpTraits.Convergent),

            new(Op.Mma, "mma", -1, OpTraits.Convergent | Imm),
            new(Op.LdMatrix, "ldmatrix", 1, OpTraits.Reads | OpTraits.Convergent | Imm | OpTraits.HasOffset),
            new(Op.CpAsync, "cpasync", -1, Effect | Imm | OpTraits.HasOffset),
            new(Op.CpAsyncCommit, "cpasync.commit", 0, Effect),
            new(Op.CpAsyncWait, "cpasync.wait", 0, Effect | Imm),
            new(Op.Asm, "asm", -1, Effect | OpTraits.Convergent),
            new(Op.AsmOutput, "asm.output", 1, Imm),

            new(Op.Br, "br", 0, OpTraits.Terminator),
            new(Op.CondBr, "condbr", 1, OpTraits.Terminator),
            new(Op.Ret, "ret", 0, OpTraits.Terminator),
        ];
        for (int i = 0; i < rows.Length; i++)
            if ((int)rows[i].Op != i)
                throw new InvalidOperationException($"OpInfo: row {i} is {rows[i].Op}, expected {(Op)i}.");
        return rows;
    }
}
