namespace SRKernels.Compiler.IR;

/// <summary>The types that each operation takes and gives.</summary>
internal static class TypeRules
{
    /// <summary>Null if the instruction is well typed, else what is wrong. Operand counts are checked
    /// already.</summary>
    internal static string? Check(Value v, Function function)
    {
        IrType type = v.Type;
        switch (v.Op)
        {
            case Op.Phi:
                foreach (Value operand in v.Operands)
                    if (operand.Type != type)
                        return $"operand {operand} is {operand.Type}, expected {type}";
                return Want(!type.IsVoid && !type.IsVector, "a phi is a scalar or pointer");
            case Op.Select:
                return Want(v[0].Type == IrType.I1 && v[1].Type == type && v[2].Type == type && !type.IsVector,
                    "expected (i1, T, T) to T");
            case Op.Extract:
                return Want(v[0].Type.IsVector && v[0].Type.Element == type && v.Imm >= 0 && v.Imm < v[0].Type.Lanes,
                    "expected a lane of a vector");
            case Op.And or Op.Or or Op.Xor:
                return Want((type.IsInt || type == IrType.I1) && Same(v), "expected i1, i32 or i64 throughout");
            case Op.Not:
                return Want((type.IsInt || type == IrType.I1) && Same(v), "expected i1, i32 or i64 throughout");
            case Op.Shl or Op.ShrS or Op.ShrU:
                return Want(type.IsInt && v[0].Type == type && v[1].Type == IrType.I32, "expected (int, i32) to int");
            case Op.PopCount or Op.Clz or Op.Ctz:
                return Want(type == IrType.I32 && v[0].Type.IsInt, "expected int to i32");
            case >= Op.Add and <= Op.MaxU:
                return Want(type.IsInt && Same(v), "expected i32 or i64 throughout");
            case >= Op.FAdd and <= Op.Tanh:
                return Want(type.IsFloat && Same(v), "expected f32 or f64 throughout");
            case Op.CmpEq or Op.CmpNe:
                return Want(type == IrType.I1 && v[0].Type == v[1].Type && (
                    v[0].Type.IsInt || v[0].Type == IrType.I1 || v[0].Type.IsPointer),
                    "expected two ints, i1 or pointers of one type");
            case >= Op.CmpLtS and <= Op.CmpLeU:
                return Want(type == IrType.I1 && v[0].Type == v[1].Type && v[0].Type.IsInt,
                    "expected two ints of one type");
            case >= Op.FCmpEq and <= Op.FCmpLeUn:
                return Want(type == IrType.I1 && v[0].Type == v[1].Type && v[0].Type.IsFloat,
                    "expected two floats of one type");
            case Op.IntTrunc:
                return Want(v[0].Type.IsAnyInt && type.IsAnyInt && type.Bits < v[0].Type.Bits && type.Bits > 1,
                    "expected a wider integer");
            case Op.SExt or Op.ZExt:
                return Want(v[0].Type.IsAnyInt && type.IsAnyInt && type.Bits > v[0].Type.Bits,
                    "expected a narrower integer");
            case Op.SiToFp or Op.UiToFp:
                return Want(v[0].Type.IsInt && type.IsFloat, "expected int to f32 or f64");
            case Op.FpToSi or Op.FpToUi:
                return Want(v[0].Type.IsFloat && type.IsInt, "expected f32 or f64 to int");
            case Op.FpExt:
                return Want(v[0].Type.IsAnyFloat && type.IsFloat && type.Bits > v[0].Type.Bits && !(
                    v[0].Type == IrType.BF16 && type == IrType.F64),
                    "expected f16, bf16 to f32, f16 to f64, or f32 to f64");
            case Op.FpTrunc:
                return Want(v[0].Type.IsFloat && type.IsAnyFloat && type.Bits < v[0].Type.Bits && !(
                    v[0].Type == IrType.F64 && type == IrType.BF16), "expected f64 to f32, f16, or f32 to f16, bf16");
            case Op.RoundTf32:
                return Want(type == IrType.F32 && v[0].Type == IrType.F32, "expected f32 to f32");
            case Op.Bitcast:
                return Want(type.Bits >= 16 && type.Bits == v[0].Type.Bits && type != v[0].Type && !type.IsPointer
                    && !v[0].Type.IsPointer && !type.IsVector && !v[0].Type.IsVector,
                    "expected another scalar type of the same width");
            case Op.Pack2x16:
                return Want(type == IrType.I32 && v[0].Type == v[1].Type && v[0].Type.Bits == 16 && !v[0].Type.IsVector,
                    "expected two 16-bit values of one type to i32");
            case Op.Unpack2x16:
                return Want(type.Bits == 16 && !type.IsVector && v[0].Type == IrType.I32 && v.Imm is 0 or 1,
                    "expected half 0 or 1 of an i32 as a 16-bit type");
            case Op.Addr:
                return Want(type.IsPointer && v[0].Type == type && v[1].Type.IsInt && v.Imm is > 0 and <= int.MaxValue,
                    "expected (pointer, int) to the same pointer, scale above 0");
            case Op.AssumeAligned:
                return Want(type.IsPointer && v[0].Type == type && v.Imm > 0 && (v.Imm & (v.Imm - 1)) == 0,
                    "expected a pointer and a power of two");
            case Op.Load:
                return Want(v[0].Type.IsPointer && InMemory(type) && type.Bytes <= 16,
                    "expected a pointer, and a type of at most 16 bytes that can lie in memory");
            case Op.Store:
                return CheckStore(v);
            case Op.AllocAddr:
                return Want(v.Imm >= 0 && v.Imm < function.Allocations.Count && type == IrType.Pointer(
                    function.Allocations[(int)v.Imm].Space), "expected the index of an allocation of that space");
            case Op.DynShared:
                return Want(type == IrType.Shared, "expected ptr.shared");
            case >= Op.AtomicAdd and <= Op.AtomicCas:
                return CheckAtomic(v);
            case >= Op.ThreadIdx and <= Op.GridDim:
                return Want(type == IrType.I32 && v.Imm is >= 0 and <= 2, "expected dimension 0, 1 or 2 as i32");
            case Op.LaneIdx or Op.DynSharedBytes:
                return Want(type == IrType.I32, "expected i32");
            case Op.BarrierPopCount:
                return Want(type == IrType.I32 && v[0].Type == IrType.I1, "expected i1 to i32");
            case Op.BarrierAnd or Op.BarrierOr:
                return Want(type == IrType.I1 && v[0].Type == IrType.I1, "expected i1 to i1");
            case >= Op.Shuffle and <= Op.ShuffleXor:
                return Want(type is { Kind: Kind.I32 or Kind.F32, Lanes: 1 } && v[0].Type == type
                    && v[1].Type == IrType.I32 && v[2].Type == IrType.I32, "expected (i32 or f32, i32, i32)");
            case Op.Mma:
                return CheckMma(v);
            case Op.LdMatrix:
                return Want(type.Kind == Kind.I32 && type.Lanes is 1 or 2 or 4 && v[0].Type == IrType.Shared
                    && v.Imm is 0 or 1, "expected ptr.shared to i32, i32x2 or i32x4");
            case Op.CpAsync:
                return Want(v.Operands.Length is 2 or 3 && v[0].Type == IrType.Shared && v[1].Type == IrType.Global && (
                    v.Operands.Length == 2 || v[2].Type == IrType.I32) && v.Imm is 4 or 8 or 16,
                    "expected (ptr.shared, ptr.global[, i32]) with 4, 8 or 16 bytes");
            case Op.Asm:
                return Want(v.Asm is not null && type.IsVoid && Array.TrueForAll(
                    v.Asm.Slots, s => s.Operand < v.Operands.Length && (s.Operand < 0 || v[s.Operand].Type == s.Type)),
                    "expected slots of the operands' types");
            case Op.AsmOutput:
                return Want(v[0].Asm is { } asm && Array.Exists(asm.Slots, s => s.Output == v.Imm && s.Type == type),
                    "expected an output of an asm");
            case Op.Br:
                return Want(v.Targets.Length == 1, "expected one target");
            case Op.CondBr:
                return Want(v.Targets.Length == 2 && v[0].Type == IrType.I1 && !ReferenceEquals(
                    v.Targets[0], v.Targets[1]), "expected i1 and two targets that differ");
            default:
                return Want(type.IsVoid, "expected no result");
        }
    }

    /// <summary>Registers of A and B that a shape takes.</summary>
    internal static (int A, int B) MmaRegisters(MmaShape shape) =>
        shape is MmaShape.M16N8K8F16 or MmaShape.M16N8K8BF16 ? (2, 1) : (4, 2);

    private static bool InMemory(IrType type) => type.Kind is >= Kind.I8 and <= Kind.F64;

    private static string? CheckStore(Value v)
    {
        if (v.Operands.Length < 2 || !v[0].Type.IsPointer) return "expected a pointer and values";
        int lanes = v.Operands.Length - 1;
        IrType element = v[1].Type;
        foreach (Value value in v.Operands[1..])
            if (value.Type != element)
                return "the values differ in type";
        return Want(lanes is 1 or 2 or 4 or 8 && !element.IsVector && InMemory(element) && element.Bytes * lanes <= 16
            && v.Type.IsVoid, "expected 1, 2, 4 or 8 scalars of at most 16 bytes");
    }

    private static string? CheckAtomic(Value v)
    {
        bool isFloat = v.Op == Op.AtomicFAdd;
        if (v[0].Type.Space is not (Space.Global or Space.Shared))
            return "expected a pointer to global or shared memory";
        if (isFloat ? !v.Type.IsFloat : !v.Type.IsInt) return isFloat ? "expected f32 or f64" : "expected i32 or i64";
        foreach (Value operand in v.Operands[1..])
            if (operand.Type != v.Type)
                return "the operands differ in type from the result";
        return null;
    }

    private static string? CheckMma(Value v)
    {
        if (!Enum.IsDefined((MmaShape)v.Imm)) return "unknown shape";
        (int a, int b) = MmaRegisters((MmaShape)v.Imm);
        if (v.Operands.Length != a + b + 4) return $"expected {a} + {b} + 4 operands";
        for (int i = 0; i < v.Operands.Length; i++)
            if (v[i].Type != (i < a + b ? IrType.I32 : IrType.F32))
                return "expected i32 registers of A and B, then four f32 of C";
        return Want(v.Type == IrType.F32.WithLanes(4), "expected f32x4");
    }

    private static bool Same(Value v)
    {
        foreach (Value operand in v.Operands)
            if (operand.Type != v.Type)
                return false;
        return true;
    }

    private static string? Want(bool holds, string message) => holds ? null : message;
}
