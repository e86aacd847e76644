using System.Diagnostics.CodeAnalysis;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

namespace SRKernels.Kernels;

/// <summary>The guards of the ops: one test each in the caller, the message built out of line.</summary>
internal static class Expect
{
    /// <summary>The channels of an activation are those that the op's parameters were made for.</summary>
    public static void Channels(string op, Shape x, int channels)
    {
        if (x.C != channels) Throw(op, $"an input of {channels} channels", $"{x}", "the layer before gives another number");
    }

    /// <summary>Two activations have the same extents.</summary>
    public static void SameShape(string op, Shape expected, Shape got, string name)
    {
        if (expected != got) Throw(op, $"{name} of shape {expected}", $"{got}", "give both the same shape");
    }

    /// <summary>A span has the length that the shapes call for.</summary>
    public static void Length(string op, int expected, int got, string name)
    {
        if (expected != got) Throw(op, $"{name} of {expected} elements", $"{got}", "check the layer's configuration");
    }

    /// <summary>Any other condition.</summary>
    public static void That([DoesNotReturnIf(false)] bool condition, string op, string expected, string got, string remedy)
    {
        if (!condition) Throw(op, expected, got, remedy);
    }

    /// <summary>Reports what is wrong.</summary>
    [DoesNotReturn]
    public static void Throw(string op, string expected, string got, string remedy) =>
        throw new SrkException(op, expected, got, remedy);
}
