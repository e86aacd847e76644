namespace SRKernels.Runtime.Loading;

/// <summary>
/// Names one variant of one kernel by text alone: nothing is reflected on, so a trimmed or natively compiled application finds its kernels
/// like any other. <see cref="ToString"/> is the stable form, under which kernels are embedded and cached.
/// </summary>
/// <param name="TypeName">Full name of the declaring type, nested types as <c>Outer+Inner</c>.</param>
/// <param name="MethodName">Name of the static method.</param>
public sealed record KernelKey(string TypeName, string MethodName)
{
    /// <summary>Type arguments of a generic kernel: C# keywords or full names.</summary>
    public IReadOnlyList<string> TypeArguments { get; init; } = [];

    /// <summary>Values of the <c>SpecializedValue</c> parameters in order: the bits of each number.</summary>
    public IReadOnlyList<long> Specialized { get; init; } = [];

    /// <summary>The same kernel whoever asks: <c>Space.Type.Method&lt;System.Single&gt;(4,8)</c>.</summary>
    public override string ToString()
    {
        var types = TypeArguments.Count == 0 ? "" : $"<{string.Join(',', TypeArguments.Select(Canonical))}>";
        var values = Specialized.Count == 0 ? "" : $"({string.Join(',', Specialized)})";
        return $"{TypeName}.{MethodName}{types}{values}";
    }

    /// <summary>Whether both name the same variant.</summary>
    public bool Equals(KernelKey? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    /// <summary>Attributes give full names, people write keywords.</summary>
    private static string Canonical(string type) => type switch
    {
        "bool" => "System.Boolean",
        "sbyte" => "System.SByte",
        "byte" => "System.Byte",
        "short" => "System.Int16",
        "ushort" => "System.UInt16",
        "int" => "System.Int32",
        "uint" => "System.UInt32",
        "long" => "System.Int64",
        "ulong" => "System.UInt64",
        "float" => "System.Single",
        "double" => "System.Double",
        _ => type,
    };
}
