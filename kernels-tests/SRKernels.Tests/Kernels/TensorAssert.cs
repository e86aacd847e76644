using System.Runtime.InteropServices;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>What "equal" means for arrays of fp32: DESIGN.md §3.</summary>
internal static class TensorAssert
{
    public const double OpNmse = 1e-9;
    public const double OpLargest = 1e-5;

    /// <summary>NMSE = sum (a-b)^2 / sum b^2 and max |a-b| / max |b| are within the bounds.</summary>
    public static void Close(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double nmse = OpNmse, double largest = OpLargest)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, got {actual.Length}");
        double error = 0, power = 0, top = 0, worst = -1;
        var worstAt = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)actual[i] - expected[i]);
            if (double.IsNaN(difference)) difference = expected[i].Equals(actual[i]) ? 0 : double.PositiveInfinity;
            error += difference * difference;
            power += (double)expected[i] * expected[i];
            top = Math.Max(top, Math.Abs(expected[i]));
            if (difference <= worst) continue;
            (worst, worstAt) = (difference, i);
        }

        var got = power > 0 ? error / power : error;
        Assert.True(
            got <= nmse && worst <= largest * top,
            $"{what}: NMSE {got:e2} (allowed {nmse:e0}), worst at {worstAt} of {expected.Length}: " +
            $"expected {expected[worstAt]:g9}, got {actual[worstAt]:g9} (allowed difference {largest * top:e2})");
    }

    /// <summary>Every bit is the same.</summary>
    public static void SameBytes(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, got {actual.Length}");
        var a = MemoryMarshal.Cast<float, int>(expected);
        var b = MemoryMarshal.Cast<float, int>(actual);
        var at = a.CommonPrefixLength(b);
        Assert.True(at == a.Length, at == a.Length ? "" : $"{what}: bits differ first at {at}: expected {expected[at]:g9}, got {actual[at]:g9}");
    }
}
