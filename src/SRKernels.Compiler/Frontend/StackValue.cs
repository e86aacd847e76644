using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// A value on the evaluation stack: its C# type and its leaves. A reference carries a byte offset that is not yet added
/// to its address.
/// </summary>
internal readonly struct StackValue
{
    internal StackValue(KernelType type, Value single, int offset = 0)
    {
        Type = type;
        Single = single;
        Offset = offset;
    }

    internal StackValue(KernelType type, Value[] leaves)
    {
        Type = type;
        if (leaves.Length == 1) Single = leaves[0];
        else Leaves = leaves;
    }

    /// <summary>A string constant; only inline assembly reads one.</summary>
    internal StackValue(string text)
    {
        Type = TypeTable.String;
        Text = text;
    }

    internal KernelType Type { get; }

    /// <summary>The leaf of a value that has just one.</summary>
    internal Value? Single { get; }

    internal Value[]? Leaves { get; }

    internal int Offset { get; }

    internal string? Text { get; }

    internal int Count => Leaves?.Length ?? (Single is null ? 0 : 1);

    internal Value this[int leaf] => Leaves is null ? Single! : Leaves[leaf];
}

/// <summary>What a reference to a local variable or argument refers to: SSA variables, one per leaf.</summary>
internal readonly record struct LocalReference(int FirstVariable, KernelType Type);

/// <summary>A method in the middle of being inlined.</summary>
internal sealed class Frame(MethodInstance method, Frame? caller, int stackBase)
{
    internal MethodInstance Method { get; } = method;

    internal Frame? Caller { get; } = caller;

    internal int StackBase { get; } = stackBase;

    /// <summary>Arguments that the method never assigns.</summary>
    internal StackValue[] Arguments { get; init; } = [];

    /// <summary>First variable of the others; -1: not a variable.</summary>
    internal int[] ArgumentVariables { get; init; } = [];

    /// <summary>First variable of each local; -1: not yet, or bound once.</summary>
    internal int[] LocalVariables { get; init; } = [];

    /// <summary>Locals with a single store: the value stored.</summary>
    internal StackValue[] LocalBindings { get; init; } = [];

    /// <summary>IR block of each IL block that has an edge to it.</summary>
    internal Block?[] Blocks { get; set; } = [];

    /// <summary>Types and first variables of what lies on the stack at the start of an IL block.</summary>
    internal (KernelType Type, int Variable)[]?[] EntryStacks { get; set; } = [];

    internal List<(Block Block, StackValue Value)> Returns { get; } = [];

    /// <summary>IL offset of the instruction at hand.</summary>
    internal int Offset { get; set; }
}
