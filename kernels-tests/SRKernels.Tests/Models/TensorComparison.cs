using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>How far a tensor is from its golden: NMSE = sum((a-b)^2)/sum(b^2), and the worst element beside it.</summary>
internal readonly record struct TensorComparison(string Name, double Nmse, int WorstIndex, float Expected, float Actual, double WorstRelativeToMax)
{
    /// <summary>DESIGN.md §3: one op or block against its golden.</summary>
    public const double BlockNmse = 1e-9;

    /// <summary>DESIGN.md §3: a tensor of a chain.</summary>
    public const double ChainNmse = 1e-7;

    /// <summary>DESIGN.md §3: the worst element of a block, relative to the largest of the golden.</summary>
    public const double WorstElement = 1e-5;

    public static TensorComparison Of(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length) Assert.Fail($"{name}: expected {expected.Length} elements, got {actual.Length}");
        double error = 0, energy = 0, worst = -1;
        float largest = 0;
        var at = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = (double)actual[i] - expected[i];
            error += difference * difference;
            energy += (double)expected[i] * expected[i];
            largest = Math.Max(largest, Math.Abs(expected[i]));
            if (!(Math.Abs(difference) > worst) && !double.IsNaN(difference)) continue;
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Abs(difference);
            at = i;
        }

        var nmse = error == 0 ? 0 : error / Math.Max(energy, double.Epsilon);
        return new TensorComparison(name, nmse, at, expected[at], actual[at], worst == 0 ? 0 : worst / largest);
    }

    public bool Within(double nmse, double worst) => Nmse <= nmse && WorstRelativeToMax <= worst;

    public override string ToString() =>
        $"{Name} (NMSE {Nmse:e1}, worst at {WorstIndex}: expected {Expected:g7}, got {Actual:g7}, {WorstRelativeToMax:e1} of the largest)";
}
