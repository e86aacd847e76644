using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>DESIGN.md §3's rule for code indices and 8-bit pictures.</summary>
internal static class ImageComparison
{
    /// <summary>Two codes nearer to each other than this may change places.</summary>
    public const float FlipGap = 1e-4f;

    private const double LeastPsnrWithFlips = 50;

    /// <summary>How many indices differ where they may; fails where they may not.</summary>
    public static int CountFlips(string where, ReadOnlySpan<int> expected, ReadOnlySpan<float> gap, ReadOnlySpan<int> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var flips = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] == actual[i]) continue;
            if (gap[i] >= FlipGap) Assert.Fail($"{where}: index {i}: expected code {expected[i]}, got {actual[i]}, though the gap is {gap[i]:e2}");
            flips++;
        }

        return flips;
    }

    public static void AssertSame(string where, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int flips)
    {
        Assert.Equal(expected.Length, actual.Length);
        long squares = 0;
        int worst = 0, at = 0, differing = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs(expected[i] - actual[i]);
            squares += (long)difference * difference;
            if (difference > 0) differing++;
            if (difference <= worst) continue;
            (worst, at) = (difference, i);
        }

        var psnr = 10 * Math.Log10(255.0 * 255 * expected.Length / Math.Max(squares, 1e-9));
        if (flips == 0 ? worst > 1 : psnr < LeastPsnrWithFlips)
            Assert.Fail($"{where}: byte {at}: expected {expected[at]}, got {actual[at]}; {flips} flips, PSNR {psnr:f1} dB");
        // Rounding differently moves half of all bytes by one; fp32 noise moves one in hundreds.
        if (flips == 0 && differing > (expected.Length / 50) + 2) Assert.Fail($"{where}: {differing} of {expected.Length} bytes differ by 1");
    }
}
