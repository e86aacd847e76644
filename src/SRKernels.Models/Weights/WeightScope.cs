using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>
/// A place in a checkpoint's tree of names. It narrows like <c>cd</c>: <c>w["input_blocks"][3][0]</c>; all narrowed scopes share one ledger
/// of what was read.
/// </summary>
/// <remarks>
/// A layer's constructor takes one, reads its tensors with the shapes it needs, and packs them at once. A missing or misshapen tensor is an
/// error there; <see cref="CheckAllRead"/> at the end finds tensors that no layer asked for, so that no model is half loaded.
/// One scope and those narrowed from it are for one thread at a time.
/// </remarks>
public sealed class WeightScope
{
    private readonly Ledger _ledger;
    private readonly string _prefix;

    /// <summary>Starts at the root of a source.</summary>
    /// <param name="source">Where the values come from.</param>
    public WeightScope(IWeightSource source)
        : this(new Ledger(source), "")
    {
    }

    private WeightScope(Ledger ledger, string prefix)
    {
        _ledger = ledger;
        _prefix = prefix;
    }

    /// <summary>Where this scope stands, without a dot at the end: a layer's name in traces.</summary>
    internal string Path => _prefix.TrimEnd('.');

    /// <summary>The scope below a name.</summary>
    public WeightScope this[string segment] => new(_ledger, $"{_prefix}{segment}.");

    /// <summary>The scope below an index.</summary>
    public WeightScope this[int index] => new(_ledger, $"{_prefix}{index}.");

    /// <summary>A scope whose every tensor is 0, whatever its name and shape: builds any model without a file.</summary>
    public static WeightScope Zeros() => new(new ZeroWeights());

    /// <summary>Whether there is a tensor of this name here. Asking is not reading.</summary>
    public bool Has(string name) => _ledger.Source.TryGetShape(_prefix + name, out _);

    /// <summary>
    /// Reads a tensor into scratch memory that is valid until the next call of this method on any scope of the same source: pack it at once.
    /// </summary>
    /// <param name="name">Its name below this scope, for example <c>weight</c>.</param>
    /// <param name="shape">The extents it must have, slowest first.</param>
    /// <exception cref="SrkException">It is missing or has another shape; the error names the full key.</exception>
    public ReadOnlySpan<float> Tensor(string name, params ReadOnlySpan<int> shape)
    {
        var count = Check(name, shape);
        if (_ledger.Scratch.Length < count) _ledger.Scratch = GC.AllocateUninitializedArray<float>(count);
        var destination = _ledger.Scratch.AsSpan(0, count);
        Read(name, shape, destination);
        return destination;
    }

    /// <summary>Reads a vector (a bias, a norm's scale) into an array of its own, to keep.</summary>
    /// <param name="name">Its name below this scope, for example <c>bias</c>.</param>
    /// <param name="length">How many values it must have.</param>
    /// <exception cref="SrkException">It is missing or has another shape; the error names the full key.</exception>
    public float[] Vector(string name, int length)
    {
        ReadOnlySpan<int> shape = [length];
        var values = new float[Check(name, shape)];
        Read(name, shape, values);
        return values;
    }

    /// <summary>Checks that everything below this scope was read, apart from derived buffers.</summary>
    /// <param name="derivedSuffixes">Ends of names that a model computes itself and a checkpoint may carry along, for example <c>attn_mask</c>.</param>
    /// <exception cref="SrkException">A tensor was not read; the error names it.</exception>
    public void CheckAllRead(params ReadOnlySpan<string> derivedSuffixes)
    {
        var unread = new List<string>();
        foreach (var name in _ledger.Source.Names)
        {
            if (!name.StartsWith(_prefix, StringComparison.Ordinal) || _ledger.Read.Contains(name)) continue;
            var derived = false;
            foreach (var suffix in derivedSuffixes) derived |= name == suffix || name.EndsWith("." + suffix, StringComparison.Ordinal);
            if (!derived) unread.Add(name);
        }

        if (unread.Count == 0) return;
        unread.Sort(StringComparer.Ordinal);
        var first = string.Join(", ", unread.Take(3).Select(name => $"'{name}'"));
        throw new SrkException(
            _ledger.Source.Description,
            "every tensor to belong to the model",
            $"{unread.Count} that no layer reads ({first}{(unread.Count > 3 ? ", ..." : "")})",
            "the configuration does not match this checkpoint");
    }

    private int Check(string name, ReadOnlySpan<int> shape)
    {
        var key = _prefix + name;
        if (!_ledger.Source.TryGetShape(key, out var actual))
        {
            throw new SrkException(
                $"{_ledger.Source.Description}: '{key}'",
                $"a tensor {Text(shape)}",
                "none of this name",
                "the configuration does not match this checkpoint");
        }

        var count = 1;
        var same = actual is null || actual.Count == shape.Length;
        for (var i = 0; i < shape.Length; i++)
        {
            count = checked(count * shape[i]);
            same = same && (actual is null || actual[i] == shape[i]);
        }

        if (same) return count;
        throw new SrkException(
            $"{_ledger.Source.Description}: '{key}'",
            Text(shape),
            $"[{string.Join(',', actual!)}]",
            "the configuration does not match this checkpoint");
    }

    private void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        var key = _prefix + name;
        _ledger.Source.Read(key, shape, destination);
        _ledger.Read.Add(key);
    }

    private static string Text(ReadOnlySpan<int> shape) => $"[{string.Join(',', shape.ToArray())}]";

    private sealed class Ledger(IWeightSource source)
    {
        public IWeightSource Source { get; } = source;

        public HashSet<string> Read { get; } = new(StringComparer.Ordinal);

        public float[] Scratch { get; set; } = [];
    }
}
