using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Upstream's tiles: where they start, what they see, what they give, and the mean of them all.</summary>
public sealed class ChoppedChainTests
{
    public static TheoryData<string> Files() => [.. GoldenFolder.OfKind("chop_chain").Select(c => c.GetProperty("file").GetString()!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void MatchesUpstream_TileByTile(string file)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        var chop = golden.GetProperty("chop");
        var (side, stride) = (GoldenConfiguration.Int(chop, "size"), GoldenConfiguration.Int(chop, "stride"));
        var size = GoldenConfiguration.Ints(golden, "size");
        var rows = TileAxis.Upstream(size[0], side, stride);
        var columns = TileAxis.Upstream(size[1], side, stride);
        Assert.Equal(GoldenConfiguration.Ints(chop, "starts_y"), rows.Starts);
        Assert.Equal(GoldenConfiguration.Ints(chop, "starts_x"), columns.Starts);

        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
        using var model = GoldenChainRun.Model(golden);
        var scale = model.Configuration.Scale;
        var chain = Chain.Create(model.Configuration.Diffusion);
        var noise = new CheckedNoise(new TorchCpuNoise(golden.GetProperty("seed").GetUInt64()), tensors);
        using var y0 = GoldenChainRun.Y0(cx, golden, tensors);
        var (sum, weight) = TileBlend.Begin(cx, new Shape(1, size[0] * scale, size[1] * scale, 3));
        var compared = new GoldenTrace(tensors, []);
        var index = 0;
        foreach (var y in rows.Starts)
            foreach (var x in columns.Starts)
            {
                using var tile = Crop.Apply(cx, y0, y, x, rows.Tile, columns.Tile);
                using var padded = GoldenChainRun.Pad(cx, golden, tile);
                using var zy = model.Encode(cx, padded);
                using var latent = model.Sample(cx, zy, padded, chain, new DrawnNoise(noise));
                using var whole = model.Decode(cx, latent);
                using var result = Crop.Apply(cx, whole, 0, 0, rows.Tile * scale, columns.Tile * scale);
                foreach (ref var v in result.Span) v = Math.Clamp(v, -1f, 1f);
                if (tensors.Has($"tile{index}.in")) compared.Record($"tile{index}.in", tile.Shape, tile.Span);
                if (tensors.Has($"tile{index}.out")) compared.Record($"tile{index}.out", result.Shape, result.Span);
                Assert.Equal(
                    tensors.Ints("tile_boxes_hr").Slice(4 * index, 4).ToArray(),
                    new[] { y * scale, (y + rows.Tile) * scale, x * scale, (x + columns.Tile) * scale });
                TileBlend.Accumulate(cx, sum, weight, result, y * scale, x * scale);
                index++;
            }

        compared.Compare("pixel_count", weight.Span);
        TileBlend.Finish(cx, sum, weight);
        foreach (ref var v in sum.Span) v = (v * 0.5f) + 0.5f;
        var planes = GoldenTensors.ToNchw(sum);
        CompareLines(compared, tensors, planes, sum.Shape);
        compared.AssertWithin(TensorComparison.ChainNmse, double.PositiveInfinity, "Cpu");
        Assert.Equal(tensors.Shape("noise_checksum")[0], noise.Draws);
        weight.Dispose();
        sum.Dispose();
    }

    // gathered01_rowN and gathered01_colN: single lines of the averaged picture, all channels.
    private static void CompareLines(GoldenTrace compared, GoldenFile tensors, float[] planes, Shape s)
    {
        foreach (var key in tensors.Keys.Where(k => k.StartsWith("gathered01_", StringComparison.Ordinal)))
        {
            var at = int.Parse(key[(key.LastIndexOfAny(['w', 'l']) + 1)..]);
            var line = new List<float>();
            for (var c = 0; c < s.C; c++)
                if (key.Contains("row", StringComparison.Ordinal)) line.AddRange(planes.AsSpan(((c * s.H) + at) * s.W, s.W));
                else
                    for (var y = 0; y < s.H; y++) line.Add(planes[(((c * s.H) + y) * s.W) + at]);
            compared.Compare(key, line.ToArray());
        }
    }

    /// <summary>Checks the sum of every draw and the bits of the first tile's.</summary>
    private sealed class CheckedNoise(INoiseSource source, GoldenFile tensors) : INoiseSource
    {
        public int Draws { get; private set; }

        public void Fill(Span<float> values)
        {
            source.Fill(values);
            double sum = 0;
            foreach (var v in values) sum += v;
            Assert.Equal(tensors.Doubles("noise_checksum")[Draws], sum, 1e-6);
            if (Draws < tensors.Shape("noise_first_tile")[0])
                Assert.True(tensors.Floats("noise_first_tile").Slice(Draws * values.Length, values.Length).SequenceEqual(values));
            Draws++;
        }

        public void Reset() => source.Reset();
    }
}
