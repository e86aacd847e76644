using System.Text.Json;
using Xunit;

namespace SRKernels.Tests.Models.Weights;

public class FormulaWeightsTests
{
    public static TheoryData<string> WeightSets()
    {
        var data = new TheoryData<string>();
        foreach (var set in GoldenFolder.Cases.GetProperty("weight_sets").EnumerateObject())
            if (File.Exists(GoldenFolder.PathOf(set.Value.GetProperty("file").GetString()!)))
                data.Add(set.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(WeightSets))]
    public void EveryTensorHasTheSumsAndFirstValuesThatTheMakerSaw(string setName)
    {
        var set = GoldenFolder.WeightSet(setName);
        var weights = FormulaWeights.FromWeightSet(set);
        var tensors = GoldenFolder.Json(set.GetProperty("file").GetString()!).GetProperty(setName).GetProperty("tensors");
        var count = 0;
        foreach (var tensor in tensors.EnumerateObject())
        {
            int[] shape = [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())];
            var values = new float[shape.Aggregate(1, (product, extent) => product * extent)];
            weights.Read(tensor.Name, shape, values);
            Check(tensor, values);
            count++;
        }

        Assert.True(count > 10, $"{setName} has {count} tensors");
    }

    private static void Check(JsonProperty tensor, float[] values)
    {
        double[] first = [.. tensor.Value.GetProperty("first").EnumerateArray().Select(e => e.GetDouble())];
        for (var i = 0; i < Math.Min(first.Length, values.Length); i++)
            Assert.True(first[i] == values[i], $"{tensor.Name}[{i}]: expected {first[i]:r}, got {values[i]:r}");
        var absolute = tensor.Value.GetProperty("abs_sum").GetDouble();
        // The values are equal in every bit (they are halves); only the order of summation is free.
        var tolerance = 1e-12 * (absolute + 1);
        var sum = values.Sum(v => (double)v);
        Assert.True(Math.Abs(sum - tensor.Value.GetProperty("sum").GetDouble()) <= tolerance, $"{tensor.Name}: sum {sum:r}");
        var absSum = values.Sum(v => Math.Abs((double)v));
        Assert.True(Math.Abs(absSum - absolute) <= tolerance, $"{tensor.Name}: sum of magnitudes {absSum:r}");
    }
}
