namespace SRKernels.Runtime.Loading;

/// <summary>The package with the compiler, which an application has or has not: a reference to it is all that it takes.</summary>
internal static class CompilerPackage
{
    /// <summary>What an application adds to compile kernels while it runs.</summary>
    public const string Name = "SRKernels.Compiler";

    // Asked for by name, so that nothing here refers to it. A constant, so that a trimmed application keeps the type where it has the package.
    private const string MakerType = "SRKernels.Compilation.KernelMaker, SRKernels.Compilation";

    /// <summary>Whether the application has the package.</summary>
    public static bool IsHere => Type.GetType(MakerType) is not null;

    /// <summary>The compiler as a loader asks for it; null without the package.</summary>
    public static IKernelMaker? Maker() => Type.GetType(MakerType) is { } type ? (IKernelMaker?)Activator.CreateInstance(type) : null;
}
