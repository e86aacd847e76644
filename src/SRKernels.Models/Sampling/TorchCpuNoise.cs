namespace SRKernels.Models.Sampling;

/// <summary>
/// The normals that PyTorch draws on a CPU after <c>torch.manual_seed(seed)</c>, equal in every bit.
/// </summary>
/// <remarks>
/// Sixteen values or more take the vectorised path (fp32 uniforms, groups of sixteen, a remainder redraws the last sixteen); fewer take
/// the scalar path in fp64, whose second value of each pair waits in the generator for the next scalar draw.
/// Held against draws of torch 1.13 on x86.
/// </remarks>
public sealed class TorchCpuNoise : INoiseSource
{
    /// <summary>Values that the vectorised path makes together.</summary>
    internal const int GroupSize = 16;

    private readonly uint _seed;
    private readonly Mt19937 _generator;
    private double? _second;

    /// <summary>Creates the generator as <c>torch.manual_seed</c> leaves it.</summary>
    /// <param name="seed">The seed; as in PyTorch only its low 32 bits count.</param>
    public TorchCpuNoise(ulong seed)
    {
        _seed = unchecked((uint)seed);
        _generator = new Mt19937(_seed);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _generator.Seed(_seed);
        _second = null;
    }

    /// <inheritdoc/>
    public void Fill(Span<float> values)
    {
        if (values.Length >= GroupSize) FillGroups(values);
        else
            foreach (ref var value in values)
                value = (float)NextScalar();
    }

    /// <summary>The generator, for who draws a part of what follows.</summary>
    internal Mt19937 Generator => _generator;

    /// <summary>The PyTorch source that a source is or goes on from; null for any other.</summary>
    internal static TorchCpuNoise? In(INoiseSource? source) => source switch
    {
        TorchCpuNoise torch => torch,
        ContinuedNoise continued => In(continued.Source),
        _ => null,
    };

    /// <summary>Draws uniforms in [0, 1) as <c>torch.rand</c> does.</summary>
    internal void FillUniform(Span<float> values) => _generator.FillUniform(values);

    private void FillGroups(Span<float> values)
    {
        _generator.FillUniform(values);
        for (var i = 0; i + GroupSize <= values.Length; i += GroupSize) BoxMuller.Transform16(values.Slice(i, GroupSize));
        if (values.Length % GroupSize == 0) return;
        var last = values[^GroupSize..];
        _generator.FillUniform(last);
        BoxMuller.Transform16(last);
    }

    private double NextScalar()
    {
        if (_second is { } waiting)
        {
            _second = null;
            return waiting;
        }

        var u1 = _generator.NextUniform64();
        var u2 = _generator.NextUniform64();
        // 1 - u2 is exact (u2 is a multiple of 2^-53 below 1), so this is log1p(-u2) to the last place.
        var radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        var (sin, cos) = Math.SinCos(2 * Math.PI * u1);
        _second = radius * sin;
        return radius * cos;
    }
}
