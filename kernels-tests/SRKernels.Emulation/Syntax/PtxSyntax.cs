namespace SRKernels.Emulation.Syntax;

internal enum StateSpace { Generic, Reg, Global, Shared, Local, Const, Param }

/// <summary>A declared register; <see cref="Index"/> counts predicates and other registers apart.</summary>
internal sealed record Register(string Name, PtxType Type, int Index);

/// <summary>A variable of a memory space, or a parameter; <see cref="Bytes"/> is 0 for an unsized extern array.</summary>
internal sealed record Variable(string Name, StateSpace Space, PtxType Type, int Align, int Bytes, bool Extern, byte[]? Initial)
{
    /// <summary>Whether it is a .param of a body, which carries an argument or a result of a call: memory of the thread, addressed as .param.</summary>
    internal bool PassesArguments { get; init; }

    /// <summary>Where it lies in its space, set when the kernel or module is laid out.</summary>
    internal ulong Address { get; set; }
}

internal abstract record Operand;

internal sealed record RegisterOperand(Register Register, bool Negated = false) : Operand;

/// <summary>%tid.x and its like: name with component.</summary>
internal sealed record SpecialOperand(string Name) : Operand;

internal sealed record IntegerOperand(ulong Value) : Operand;

/// <summary>A real constant; 0f... is F32, all others are F64, which matters only where a bit type is asked for.</summary>
internal sealed record FloatOperand(double Value, PtxType Type) : Operand;

internal sealed record VectorOperand(Operand[] Elements) : Operand;

/// <summary>[base+offset]; base is a register, a variable, or neither.</summary>
internal sealed record AddressOperand(Register? Base, Variable? Symbol, long Offset) : Operand;

/// <summary>A variable's address as a value.</summary>
internal sealed record SymbolOperand(Variable Symbol, long Offset) : Operand;

internal sealed record LabelOperand(string Name) : Operand;

/// <summary>The "_" of a result that nobody wants.</summary>
internal sealed record SinkOperand : Operand;

/// <summary>d|p: two results.</summary>
internal sealed record PairOperand(Operand First, Operand Second) : Operand;

/// <summary>One instruction as written: guard, opcode, modifiers (with types), operands.</summary>
internal sealed record Instruction(int Line, Register? Guard, bool GuardNegated, string Opcode, string[] Modifiers,
    Operand[] Operands)
{
    internal string FullOpcode => Opcode + string.Concat(Modifiers);
}

/// <summary>A kernel as written.</summary>
internal sealed class KernelSyntax
{
    internal required string Name { get; init; }
    internal required int Line { get; init; }
    internal List<Variable> Parameters { get; } = [];
    internal int ParameterBytes { get; set; }
    internal List<Variable> Variables { get; } = [];
    internal List<Register> Registers { get; } = [];
    internal int PredicateCount { get; set; }
    internal int ValueCount { get; set; }
    internal List<Instruction> Instructions { get; } = [];

    /// <summary>Label to the index of the instruction after it.</summary>
    internal Dictionary<string, int> Labels { get; } = [];

    /// <summary>Lists of labels by their own label, for branches by index.</summary>
    internal Dictionary<string, string[]> BranchTargets { get; } = [];
    internal int[]? MaxThreads { get; set; }
    internal int[]? RequiredThreads { get; set; }
    internal int MinBlocks { get; set; }
}

/// <summary>A function that kernels call, and where its body starts in the text; -1 when it is only declared.</summary>
internal sealed record DeviceFunction(string Name, int Line, IReadOnlyList<Variable> Results, IReadOnlyList<Variable> Parameters, int BodyAt);

/// <summary>A module as written.</summary>
internal sealed class ModuleSyntax
{
    internal int Version { get; set; }
    internal int Target { get; set; }
    internal List<Variable> Variables { get; } = [];
    internal List<KernelSyntax> Kernels { get; } = [];

    /// <summary>The functions, each alone, to be checked; kernels that call them have the bodies in their own.</summary>
    internal List<KernelSyntax> Functions { get; } = [];
}
