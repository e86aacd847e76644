using System.Runtime.InteropServices;
using System.Text.Json;
using SRKernels.Models.Sampling;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

public sealed class TorchCpuNoiseTests
{
    // misc_ops says in its metadata: manual_seed(12345) before each randn.*, once before the randn_seq.*.
    private const ulong MiscSeed = 12345;
    private static readonly GoldenFile Misc = new("misc_ops.safetensors");

    public static TheoryData<string> SingleDraws() => [.. Misc.Keys.Where(k => k.StartsWith("randn.", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(SingleDraws))]
    public void EqualsPyTorchInEveryBit_SingleDraw(string key) => AssertSameBits(key, Misc.Floats(key), new TorchCpuNoise(MiscSeed));

    [Fact]
    public void EqualsPyTorchInEveryBit_UniformDraw()
    {
        var expected = Misc.Floats("rand.20");
        var actual = new float[expected.Length];
        new TorchCpuNoise(MiscSeed).FillUniform(actual);
        Assert.Equal(expected.ToArray(), actual);
    }

    [Fact]
    public void EqualsPyTorchInEveryBit_SuccessiveDraws()
    {
        // 15 values leave a second scalar value waiting, 32 must not use it, 7 must.
        var source = new TorchCpuNoise(MiscSeed);
        foreach (var key in Misc.Keys.Where(k => k.StartsWith("randn_seq.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            AssertSameBits(key, Misc.Floats(key), source);
    }

    public static TheoryData<string> SeededCases() =>
        [.. GoldenFolder.Cases.GetProperty("cases").EnumerateArray()
            .Where(c => c.TryGetProperty("seed", out var seed) && seed.ValueKind == JsonValueKind.Number)
            .Select(c => c.GetProperty("file").GetString()!)
            .Where(f => File.Exists(GoldenFolder.PathOf(f)))];

    [Theory]
    [MemberData(nameof(SeededCases))]
    public void EqualsPyTorchInEveryBit_NoiseOfChain(string file)
    {
        var golden = GoldenFolder.Case(file);
        var source = new TorchCpuNoise(golden.GetProperty("seed").GetUInt64());
        if (golden.TryGetProperty("noise_layout", out _))
        {
            // [tile][draw] of one generator that goes on from tile to tile
            var noiseFile = golden.TryGetProperty("noise_file", out var name) ? name.GetString()! : file;
            var all = new GoldenFile(noiseFile);
            var shape = all.Shape("noise");
            var count = shape[2] * shape[3] * shape[4];
            for (var draw = 0; draw < shape[0] * shape[1]; draw++)
                AssertSameBits($"noise[{draw / shape[1]}][{draw % shape[1]}]", all.Floats("noise").Slice(draw * count, count), source);
            return;
        }

        var tensors = new GoldenFile(file);
        foreach (var key in golden.GetProperty("noise").EnumerateArray())
            AssertSameBits(key.GetString()!, tensors.Floats(key.GetString()!), source);
    }

    [Fact]
    public void ResetStartsAgain_WaitingScalarIncluded()
    {
        var source = new TorchCpuNoise(7);
        var first = new float[3];
        source.Fill(first);
        source.Reset();
        var again = new float[3];
        source.Fill(again);
        Assert.Equal(first, again);
    }

    private static void AssertSameBits(string key, ReadOnlySpan<float> expected, TorchCpuNoise source)
    {
        var actual = new float[expected.Length];
        source.Fill(actual);
        var want = MemoryMarshal.Cast<float, uint>(expected);
        var got = MemoryMarshal.Cast<float, uint>(actual.AsSpan());
        for (var i = 0; i < want.Length; i++)
            if (want[i] != got[i])
                Assert.Fail($"{key}[{i}] of {want.Length}: expected {expected[i]:R} (0x{want[i]:X8}), got {actual[i]:R} (0x{got[i]:X8})");
    }
}
