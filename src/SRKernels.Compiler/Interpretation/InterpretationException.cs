namespace SRKernels.Compiler.Interpretation;

/// <summary>A kernel did something undefined while it was interpreted: kernel, source line, thread, what.</summary>
public sealed class InterpretationException(string kernel, string message) : Exception(message)
{
    /// <summary>The kernel.</summary>
    public string Kernel { get; } = kernel;
}
