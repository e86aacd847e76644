namespace SRKernels.Runtime;

/// <summary>
/// An error the user can act on, in four parts: who met it, what was expected, what was there, what to do.
/// </summary>
/// <remarks>Every failure caused by files, arguments, devices or drivers is (a subclass of) this type; anything else is a bug.</remarks>
public class SrkException : Exception
{
    /// <summary>Creates the error from its four parts.</summary>
    /// <param name="who">The op, file or key that met it, for example <c>Conv2d</c> or <c>weights.safetensors: 'out.2.weight'</c>.</param>
    /// <param name="expected">What would have been right.</param>
    /// <param name="got">What was found.</param>
    /// <param name="remedy">What the user can do about it.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public SrkException(string who, string expected, string got, string remedy, Exception? inner = null)
        : base($"{who}: expected {expected}, got {WithoutDot(got)}; {remedy}", inner)
    {
        Who = who;
        Expected = expected;
        Got = WithoutDot(got);
        Remedy = remedy;
    }

    /// <summary>The op, file or key that met the error.</summary>
    public string Who { get; }

    /// <summary>What would have been right.</summary>
    public string Expected { get; }

    /// <summary>What was found.</summary>
    public string Got { get; }

    /// <summary>What the user can do about it.</summary>
    public string Remedy { get; }

    // The framework's messages are sentences; here they stand within one.
    private static string WithoutDot(string got) => got.Length > 1 && got[^1] == '.' && got[^2] != '.' ? got[..^1] : got;
}
