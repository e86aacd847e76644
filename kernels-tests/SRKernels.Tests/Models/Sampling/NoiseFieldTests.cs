using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

/// <summary>A field read by rows has the values of whole draws, bit for bit, and leaves the generator where they would.</summary>
public sealed class NoiseFieldTests
{
    /// <summary>Counts that are and are not multiples of sixteen, planes that begin inside a group, fewer values than a group.</summary>
    [Theory]
    [InlineData(32, 16, 3, 16, 12)]
    [InlineData(31, 9, 3, 10, 7)]
    [InlineData(7, 5, 3, 7, 7)]
    [InlineData(40, 1, 4, 8, 8)]
    [InlineData(5, 1, 3, 5, 5)]
    [InlineData(640, 3, 1, 1, 1)]
    public void RowsAreThoseOfTheWholeDraw(int height, int width, int channels, int tile, int stride)
    {
        const int Draws = 3;
        using var cx = new KernelContext(ExecutionKind.Cpu, 1);
        var latent = new Shape(1, height, width, channels);
        var (source, whole) = (new TorchCpuNoise(9), new TorchCpuNoise(9));
        var drawn = new DrawnNoise(whole);
        var expected = Enumerable.Range(0, Draws).Select(_ => drawn.Draw(cx, latent)).ToArray();
        using var field = new NoiseField(cx, new ContinuedNoise(source), latent, Draws);
        for (var top = 0; ; top = Math.Min(top + stride, height - tile))
        {
            // Two tiles of a row see the same rows.
            foreach (var left in new[] { 0, width / 2 })
            {
                var noise = field.At(top, left);
                for (var draw = 0; draw < Draws; draw++)
                {
                    using var window = noise.Draw(cx, new Shape(1, tile, width - left, channels));
                    using var part = Crop.Apply(cx, expected[draw], top, left, tile, width - left);
                    Assert.Equal(part.Span.ToArray(), window.Span.ToArray());
                }
            }

            if (top == height - tile) break;
        }

        var (next, nextWhole) = (new float[48], new float[48]);
        source.Fill(next);
        whole.Fill(nextWhole);
        Assert.Equal(nextWhole, next);
    }

    /// <summary>Of a chain with very many draws none is kept: each tile makes them again, the same.</summary>
    [Fact]
    public void ManyDrawsAreMadeAgainForEachTile()
    {
        const int Draws = NoiseField.MostKeptDraws + 1;
        using var cx = new KernelContext(ExecutionKind.Cpu, 1);
        var latent = new Shape(1, 9, 7, 3);
        var drawn = new DrawnNoise(new TorchCpuNoise(9));
        var expected = Enumerable.Range(0, Draws).Select(_ => drawn.Draw(cx, latent)).ToArray();
        using var field = new NoiseField(cx, new TorchCpuNoise(9), latent, Draws);
        foreach (var (top, left) in new[] { (0, 0), (0, 3), (5, 0) })
        {
            var noise = field.At(top, left);
            foreach (var draw in expected)
            {
                using var window = noise.Draw(cx, new Shape(1, 4, 4, 3));
                using var part = Crop.Apply(cx, draw, top, left, 4, 4);
                Assert.Equal(part.Span.ToArray(), window.Span.ToArray());
            }
        }

        var large = new Shape(1, 512, 512, 3);
        Assert.InRange(NoiseField.HeldBytes(null, large, 512, 2000), large.Count * sizeof(float), large.Count * sizeof(float) * 4);
    }
}
