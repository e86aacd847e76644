using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>What a C# type is to a kernel.</summary>
internal enum TypeShape : byte
{
    Void,

    /// <summary>A number, bool, char, enum, Half or BFloat16.</summary>
    Scalar,

    /// <summary>A struct: its fields.</summary>
    Struct,

    /// <summary>ArrayView{T}: address and length.</summary>
    View,

    /// <summary>ref, in, out.</summary>
    Reference,

    /// <summary>Everything else: classes, arrays, strings, delegates.</summary>
    Unsupported,
}

/// <summary>A field with its place in memory and among the leaves of its struct.</summary>
internal readonly record struct TypeField(string Name, KernelType Type, int Offset, int FirstLeaf);

/// <summary>
/// A C# type with all type arguments filled in. Values are lists of leaves, one SSA value each: a scalar is one leaf, a
/// view two (address, length), a struct the leaves of its fields. Made by <see cref="TypeTable"/>, one object per type.
/// </summary>
internal sealed class KernelType(string name, TypeShape shape)
{
    internal string Name { get; } = name;

    internal TypeShape Shape { get; } = shape;

    /// <summary>Type of the SSA value (scalars): at least i32.</summary>
    internal IrType Value { get; init; }

    /// <summary>Type in memory (scalars).</summary>
    internal IrType Memory { get; init; }

    /// <summary>Whether widening extends the sign.</summary>
    internal bool Signed { get; init; }

    /// <summary>Bytes in memory, C#'s layout.</summary>
    internal int Size { get; set; }

    internal int Align { get; set; } = 1;

    /// <summary>Element of a view or target of a reference.</summary>
    internal KernelType? Element { get; init; }

    /// <summary>Where a struct, interface or class is defined.</summary>
    internal KernelModule? Module { get; init; }

    /// <summary>Row of its definition.</summary>
    internal System.Reflection.Metadata.TypeDefinitionHandle Handle { get; init; }

    internal KernelType[] Arguments { get; init; } = [];

    internal TypeField[] Fields { get; set; } = [];

    /// <summary>The scalars a value consists of.</summary>
    internal TypeLeaf[] Leaves { get; set; } = [];

    /// <summary>Fields overlap: no SSA form.</summary>
    internal bool IsUnion { get; set; }

    internal bool IsScalar => Shape == TypeShape.Scalar;

    internal bool IsFloat => IsScalar && Value.IsFloat;

    public override string ToString() => Name;
}

/// <summary>One scalar of a value: its C# type (for an address: null), its byte offset and its path, for
/// names.</summary>
internal readonly record struct TypeLeaf(KernelType? Type, int Offset, string Path)
{
    internal bool IsAddress => Type is null;
}
