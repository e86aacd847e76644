namespace SRKernels.Compiler.IR;

/// <summary>
/// Makes instructions at one point of a block: at its end, or before a given instruction. Infers result types; checks
/// nothing (that is <see cref="Verifier"/>'s work) and folds nothing (that is the passes').
/// </summary>
internal sealed class Builder(Function function)
{
    private Block? _block;
    private Value? _before;

    internal Function Function { get; } = function;

    /// <summary>Given to every instruction made.</summary>
    internal SourcePosition Position { get; set; }

    /// <summary>The block that instructions go to.</summary>
    internal Block Block => _block!;

    /// <summary>Instructions go to the end of the block from now on.</summary>
    internal void SetEnd(Block block)
    {
        _block = block;
        _before = null;
    }

    /// <summary>Instructions go before that one from now on, with its position.</summary>
    internal void SetBefore(Value instruction)
    {
        _block = instruction.Block;
        _before = instruction;
        Position = instruction.Position;
    }

    internal Value Emit(Op op, IrType type, params Value[] operands) => Insert(Function.Create(op, type, operands));

    internal Value Emit(Op op, IrType type, long imm, params Value[] operands)
    {
        Value value = Function.Create(op, type, operands);
        value.Imm = imm;
        return Insert(value);
    }

    /// <summary>An operation whose result has the type of its first operand.</summary>
    internal Value Unary(Op op, Value a, bool fast = false)
    {
        Value value = Emit(op, op is Op.PopCount or Op.Clz or Op.Ctz ? IrType.I32 : a.Type, a);
        value.Fast = fast;
        return value;
    }

    /// <summary>An operation whose result has the type of its first operand, or i1 for comparisons.</summary>
    internal Value Binary(Op op, Value a, Value b, bool fast = false)
    {
        Value value = Emit(op, op is >= Op.CmpEq and <= Op.FCmpLeUn ? IrType.I1 : a.Type, a, b);
        value.Fast = fast;
        return value;
    }

    internal Value Fma(Value a, Value b, Value c) => Emit(Op.Fma, a.Type, a, b, c);

    internal Value Select(Value condition, Value a, Value b) => Emit(Op.Select, a.Type, condition, a, b);

    internal Value Convert(Op op, IrType type, Value a) => Emit(op, type, a);

    /// <summary>An empty phi at the start of the current block; fill by <see cref="Value.AddOperand"/> in the order of
    /// Preds.</summary>
    internal Value Phi(IrType type)
    {
        Value phi = Function.Create(Op.Phi, type);
        phi.Position = Position;
        Block.InsertBefore(phi, Block.FirstNonPhi);
        return phi;
    }

    internal Value Extract(Value vector, int lane) => Emit(Op.Extract, vector.Type.Element, lane, vector);

    internal Value Addr(Value pointer, Value index, int scale) => Emit(Op.Addr, pointer.Type, scale, pointer, index);

    internal Value Load(IrType type, Value pointer, int offset = 0)
    {
        Value load = Emit(Op.Load, type, pointer);
        load.Offset = offset;
        return load;
    }

    /// <summary>Stores one value, or several side by side.</summary>
    internal Value Store(Value pointer, int offset, params ReadOnlySpan<Value> values)
    {
        var operands = new Value[values.Length + 1];
        operands[0] = pointer;
        values.CopyTo(operands.AsSpan(1));
        Value store = Emit(Op.Store, IrType.Void, operands);
        store.Offset = offset;
        return store;
    }

    internal Value AllocAddr(int allocation) =>
        Emit(Op.AllocAddr, IrType.Pointer(Function.Allocations[allocation].Space), (long)allocation);

    internal void Br(Block target)
    {
        Value br = Emit(Op.Br, IrType.Void);
        br.Targets = [target];
        target.AddPred(Block);
    }

    /// <summary>A two-way branch; where both ways are one block, a plain one.</summary>
    internal void CondBr(Value condition, Block ifTrue, Block ifFalse)
    {
        if (ReferenceEquals(ifTrue, ifFalse))
        {
            Br(ifTrue);
            return;
        }

        Value br = Emit(Op.CondBr, IrType.Void, condition);
        br.Targets = [ifTrue, ifFalse];
        ifTrue.AddPred(Block);
        ifFalse.AddPred(Block);
    }

    internal void Ret() => Emit(Op.Ret, IrType.Void);

    /// <summary>Places a made instruction here.</summary>
    internal Value Insert(Value value)
    {
        value.Position = Position;
        Block.InsertBefore(value, _before);
        return value;
    }
}
