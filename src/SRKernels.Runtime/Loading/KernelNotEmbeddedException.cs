namespace SRKernels.Runtime.Loading;

/// <summary>A kernel has no text for a device in its assembly, and the application has no compiler to make one: it lacks the package <see cref="Package"/>.</summary>
/// <param name="who">The kernel.</param>
/// <param name="expected">What the device needs.</param>
/// <param name="got">What the assembly embeds.</param>
/// <param name="remedy">What the application's author can do.</param>
public sealed class KernelNotEmbeddedException(string who, string expected, string got, string remedy) : SrkException(who, expected, got, remedy)
{
    /// <summary>The package that compiles kernels while the application runs.</summary>
    public string Package => CompilerPackage.Name;
}
