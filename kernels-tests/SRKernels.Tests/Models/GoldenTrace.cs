using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Compares each named tensor of a run with its golden as it arises; the first that differs is the message.</summary>
internal sealed class GoldenTrace(GoldenFile golden, IEnumerable<string> outputs, Func<string, string>? toGolden = null, int[]? storedItems = null)
    : ITensorTrace
{
    private readonly HashSet<string> _wanted = [.. outputs];
    private readonly List<TensorComparison> _compared = [];
    private readonly HashSet<string> _seen = [];

    public IReadOnlyList<TensorComparison> Compared => _compared;

    public bool Wants(string name) => _wanted.Contains(Name(name)) && !_seen.Contains(Name(name));

    /// <summary>Compares the first tensor of each name: a device asks for all before any arises.</summary>
    public void Record(string name, Shape shape, ReadOnlySpan<float> values)
    {
        if (!_seen.Contains(Name(name))) Compare(Name(name), GoldenTensors.ToNchw(shape, values));
    }

    /// <summary>Compares values that no trace shows; in the golden's layout.</summary>
    public void Compare(string key, ReadOnlySpan<float> actual)
    {
        _seen.Add(key);
        var expected = golden.Numbers(key);
        if (storedItems is not null && golden.Shape(key)[0] == storedItems.Length && actual.Length > expected.Length)
            actual = Items(actual, expected.Length / storedItems.Length);
        _compared.Add(TensorComparison.Of(key, expected, actual));
    }

    /// <summary>Fails at the first divergence, and if a wanted tensor never came.</summary>
    public void AssertWithin(double nmse, double worst, string where)
    {
        for (var i = 0; i < _compared.Count; i++)
        {
            if (_compared[i].Within(nmse, worst)) continue;
            var before = _compared.Take(i).Select(c => c.Nmse).DefaultIfEmpty(0).Max();
            Assert.Fail($"{golden.Name} on {where}: first divergence: {_compared[i]}; the {i} before agreed to NMSE {before:e1}");
        }

        var missing = _wanted.Except(_seen).ToArray();
        if (missing.Length > 0) Assert.Fail($"{golden.Name} on {where}: never seen: {string.Join(", ", missing)}");
    }

    private string Name(string name) => toGolden?.Invoke(name) ?? name;

    private float[] Items(ReadOnlySpan<float> batch, int itemLength)
    {
        var kept = new List<float>();
        foreach (var item in storedItems!) kept.AddRange(batch.Slice(item * itemLength, itemLength).ToArray());
        return [.. kept];
    }
}
