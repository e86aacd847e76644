namespace SRKernels.Compiler.IR;

/// <summary>Static memory of a kernel: one per <see cref="Op.AllocAddr"/> index.</summary>
/// <param name="Space">Shared or local.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Align">Alignment in bytes, a power of two, at most 16 wanted by vector access.</param>
/// <param name="Position">Source.</param>
internal sealed record Allocation(Space Space, int Bytes, int Align, SourcePosition Position);

/// <summary>What a C# parameter is to the launcher.</summary>
internal enum ArgumentKind
{
    /// <summary>A number or bool (bool: i8): one IR parameter.</summary>
    Scalar,

    /// <summary>A view: pointer to its first element, then its length in elements as i64 (strided views: then their
    /// extents and strides).</summary>
    View,

    /// <summary>A struct by value: one IR parameter per primitive field or view part, depth first.</summary>
    Struct,

    /// <summary>A SpecializedValue: no IR parameter, its value is in the code.</summary>
    Specialized,
}

/// <summary>One C# parameter and the IR parameters it became.</summary>
/// <param name="Name">Name in C#.</param>
/// <param name="TypeName">C# type, for messages.</param>
/// <param name="Kind">How to marshal.</param>
/// <param name="First">Index of its first IR parameter.</param>
/// <param name="Count">How many it became.</param>
/// <param name="Offsets">Byte offset of each IR parameter in the C# value, a view counting as { 8 bytes address, 8
/// bytes length }.</param>
internal sealed record KernelArgument(
    string Name, string TypeName, ArgumentKind Kind, int First, int Count, int[] Offsets);

/// <summary>What [Kernel] and the launch bounds said.</summary>
/// <param name="Name">Stable name: <c>Type.Method</c> plus specialisation, or as declared; also the entry
/// point.</param>
internal sealed record KernelInfo(string Name)
{
    /// <summary>Lowest CUDA target, for example 80 for sm_80.</summary>
    internal int LowestTarget { get; init; } = 70;

    /// <summary>Threads per group at most; 0: not declared.</summary>
    internal int MaxThreads { get; init; }

    /// <summary>Groups per multiprocessor at least; 0: not declared.</summary>
    internal int MinGroups { get; init; }

    /// <summary>Whether products that are only added may be fused with the sum (one rounding less).</summary>
    internal bool Contract { get; init; } = true;
}

/// <summary>
/// A kernel with all calls inlined: parameters, allocations, blocks (the first is the entry and has no predecessor).
/// How to read and write it: IR/README.md.
/// </summary>
internal sealed class Function(KernelInfo info)
{
    private readonly Dictionary<(IrType Type, long Bits), Value> _constants = [];
    private readonly Dictionary<IrType, Value> _undefs = [];

    internal KernelInfo Info { get; set; } = info;

    internal List<Value> Parameters { get; } = [];

    /// <summary>The C# view of <see cref="Parameters"/>; empty for functions parsed from text.</summary>
    internal List<KernelArgument> Arguments { get; } = [];

    internal List<Block> Blocks { get; } = [];

    internal List<Allocation> Allocations { get; } = [];

    /// <summary>Source files that positions refer to.</summary>
    internal List<string> Files { get; } = [];

    internal Block Entry => Blocks[0];

    /// <summary>All value ids are below this.</summary>
    internal int ValueCount { get; private set; }

    /// <summary>All block ids are below this.</summary>
    internal int BlockIdCount { get; private set; }

    internal Block AddBlock()
    {
        var block = new Block(this, BlockIdCount++);
        Blocks.Add(block);
        return block;
    }

    internal Value AddParameter(IrType type, string name)
    {
        var value = new Value(ValueCount++, Op.Param, type, []) { Name = name, Imm = Parameters.Count };
        Parameters.Add(value);
        return value;
    }

    /// <summary>Adds static memory; its address is <see cref="Builder.AllocAddr"/> of the result.</summary>
    internal int AddAllocation(Space space, int bytes, int align, SourcePosition position = default)
    {
        Allocations.Add(new Allocation(space, bytes, align, position));
        return Allocations.Count - 1;
    }

    /// <summary>An instruction in no block yet.</summary>
    internal Value Create(Op op, IrType type, params Value[] operands) => new(ValueCount++, op, type, operands);

    /// <summary>Inline PTX in no block yet.</summary>
    internal Value CreateAsm(AsmText text, Value[] operands) =>
        new(ValueCount++, Op.Asm, IrType.Void, operands) { Asm = text };

    /// <summary>The constant with these bits (above the type's width they are ignored).</summary>
    internal Value Const(IrType type, long bits)
    {
        bits = type.Bits == 64 ? bits : bits & ((1L << type.Bits) - 1);
        if (_constants.TryGetValue((type, bits), out Value? value)) return value;
        value = new Value(ValueCount++, Op.Const, type, []) { Imm = bits };
        _constants.Add((type, bits), value);
        return value;
    }

    internal Value Int(int value) => Const(IrType.I32, value);

    internal Value Long(long value) => Const(IrType.I64, value);

    internal Value Bool(bool value) => Const(IrType.I1, value ? 1 : 0);

    internal Value Float(float value) => Const(IrType.F32, BitConverter.SingleToInt32Bits(value));

    internal Value Double(double value) => Const(IrType.F64, BitConverter.DoubleToInt64Bits(value));

    internal Value Undef(IrType type)
    {
        if (_undefs.TryGetValue(type, out Value? value)) return value;
        value = new Value(ValueCount++, Op.Undef, type, []);
        _undefs.Add(type, value);
        return value;
    }

    /// <summary>Deletes blocks that the entry does not reach, with their edges. True if there were any.</summary>
    internal bool RemoveUnreachableBlocks()
    {
        var reached = new bool[BlockIdCount];
        var work = new Stack<Block>();
        work.Push(Entry);
        reached[Entry.Id] = true;
        while (work.TryPop(out Block? block))
            foreach (Block next in block.Successors)
                if (!reached[next.Id])
                {
                    reached[next.Id] = true;
                    work.Push(next);
                }

        bool any = false;
        foreach (Block block in Blocks)
        {
            if (reached[block.Id]) continue;
            any = true;
            block.RemoveTerminator();
        }

        if (!any) return false;
        foreach (Block block in Blocks)
        {
            if (reached[block.Id]) continue;
            // Users of these values are unreachable too, or phi operands that RemoveTerminator has just dropped.
            for (Value? value = block.First; value is not null; value = value.Next)
                if (value.Users.Length > 0)
                    value.ReplaceAllUsesWith(Undef(value.Type));
            while (block.Last is { } last) last.Remove();
        }

        Blocks.RemoveAll(block => !reached[block.Id]);
        return true;
    }

    /// <summary>The text of the IR.</summary>
    public override string ToString() => IrPrinter.Print(this);
}
