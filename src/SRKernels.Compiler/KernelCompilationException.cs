namespace SRKernels.Compiler;

/// <summary>A kernel that cannot be compiled, in words its author can act on: kernel, source line, what is not allowed, what to write instead.</summary>
/// <param name="kernel">Name of the kernel.</param>
/// <param name="message">The whole message.</param>
public sealed class KernelCompilationException(string kernel, string message) : Exception(message)
{
    /// <summary>The kernel, as <c>Type.Method</c>.</summary>
    public string Kernel { get; } = kernel;
}
