namespace SRKernels.Compiler.Frontend;

/// <summary>Which kernel to compile, by names alone, so that nothing needs to be loaded or reflected on.</summary>
/// <param name="AssemblyPath">The assembly file with the kernel.</param>
/// <param name="TypeName">Full name of the declaring type; nested types as <c>Outer+Inner</c>.</param>
/// <param name="MethodName">Name of the static method.</param>
internal sealed record KernelRequest(string AssemblyPath, string TypeName, string MethodName)
{
    /// <summary>Type arguments of a generic kernel: C# keywords or full names.</summary>
    internal IReadOnlyList<string> TypeArguments { get; init; } = [];

    /// <summary>Values of the SpecializedValue parameters in order: bits of a number, as long.</summary>
    internal IReadOnlyList<long> Specialized { get; init; } = [];
}
