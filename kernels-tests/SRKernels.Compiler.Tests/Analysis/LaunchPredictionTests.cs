using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.Tests.Conformance;
using SRKernels.Compiler.Tests.Emulation;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Compiler.Tests.Analysis;

/// <summary>The arithmetic of the timing model.</summary>
public sealed class LaunchPredictionTests
{
    private static readonly PublishedGpu s_gpu = PublishedGpu.A100;

    private static GroupWork Work(int warps = 4, double tensor = 0, double issue = 0, double path = 0, double shared = 0, double loaded = 0) =>
        new(warps, tensor, issue, path, shared, 0, loaded, 0, true);

    private static LaunchPrediction Predict(int groups, GroupWork work, int resident = 2, double memoryBytes = 0) =>
        LaunchPrediction.Of(s_gpu, new LaunchShape(new Extent(groups), new Extent(work.Warps * 32)), new Occupancy(resident, resident * work.Warps, ""), work, memoryBytes);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(108, 1)] // one group each
    [InlineData(109, 2)] // one multiprocessor has two
    [InlineData(216, 2)]
    [InlineData(217, 3)]
    public void TheBusiestMultiprocessorCounts(int groups, int busiest)
    {
        // 256 products a cycle and scheduler: 256,000 of each of four warps take 1,000 cycles, and a second group as many again.
        var prediction = Predict(groups, Work(tensor: 256_000));
        Assert.Equal("tensor", prediction.Bound);
        Assert.Equal(busiest * 1000 / 1410.0, prediction.Tensor, 6);
        Assert.Equal(prediction.Tensor + s_gpu.LaunchMicroseconds, prediction.Microseconds, 6);
    }

    [Theory]
    [InlineData(1, 1)] // one warp keeps one of four schedulers busy, as long as two would two
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 2)]
    public void FewWarpsLeaveSchedulersIdle(int warps, int times) => Assert.Equal(times * 500 / 1410.0, Predict(1, Work(warps, issue: 500)).Issue, 6);

    [Theory]
    [InlineData(216, 1)] // two resident: one wave
    [InlineData(217, 2)]
    [InlineData(432, 2)]
    [InlineData(433, 3)]
    public void WavesFollowOneAnother(int groups, int waves)
    {
        var prediction = Predict(groups, Work(path: 1410));
        Assert.Equal("latency", prediction.Bound);
        Assert.Equal(waves, prediction.Path, 6);
        Assert.Equal(groups / 216.0, prediction.Waves, 6);
    }

    [Fact]
    public void BytesTakeTheirBandwidth()
    {
        // 108,000 groups of 50 KB: 5.4 GB at 5,400 GB/s are 1,000 us; a multiprocessor's own port is slower: 1,000 x 50,000 / 64 cycles.
        var prediction = Predict(108_000, Work(loaded: 50_000), memoryBytes: 1555e6 * 0.85);
        Assert.Equal(Math.Max(1000, 1000 * 50_000 / 64.0 / 1410), prediction.Cache, 3);
        Assert.Equal(1000, prediction.Memory, 3);
        Assert.Equal("L2", Predict(1, Work(loaded: 50_000)).Bound);
        Assert.Equal("shared", Predict(1, Work(shared: 10)).Bound);
        Assert.Equal("memory", Predict(1, Work(), memoryBytes: 1).Bound);
    }

    [Fact]
    public void PeaksFollowFromTheFigures()
    {
        foreach (var gpu in PublishedGpu.All)
        {
            // The H100's is by wgmma; mma.sync has its share.
            var share = gpu.Key == "h100" ? 0.62 : 1;
            Assert.InRange(2e-3 * gpu.TensorMultiplyAdds * gpu.Multiprocessors * gpu.Gigahertz / (gpu.TensorTeraflops * share), 0.99, 1.01);
        }
    }

    [Fact]
    public void TheCacheKeepsWhatWasUsedLast()
    {
        var (a, b, c) = (new object(), new object(), new object());
        var cache = new CacheContents(100);
        Assert.Equal(60, cache.Touch(a, 60, write: false)); // cold
        Assert.Equal(0, cache.Touch(a, 60, write: false));
        Assert.Equal(0, cache.Touch(b, 40, write: true)); // made here
        Assert.Equal(0, cache.Touch(b, 40, write: false));
        Assert.Equal(50, cache.Touch(c, 50, write: false)); // a goes, it is clean
        Assert.Equal(60 + 40, cache.Touch(a, 60, write: false)); // b goes and is written back
        cache.Forget(a);
        Assert.Equal(200, cache.Touch(b, 200, write: false)); // larger than the cache: streams
        Assert.Equal(200, cache.Touch(b, 200, write: false));
    }

    /// <summary>The two-stage product on 64 groups: everything from the listing, the IR and the launch.</summary>
    [PtxasFact]
    public void AKernelIsFollowedFromItsSourceToItsTime()
    {
        var function = TensorProductTests.Compile();
        var code = MachineCode.Of([function], 80)["TensorProduct_TwoStages64x64"];
        var kernel = new AnalysedKernel(function, code.Code, code.Resources, s_gpu);
        Assert.Equal([4], kernel.Written);
        var (a, b, c) = (new object(), new object(), new object());
        ModelArgument View(object memory) => new(memory, 0, 512 * 512, 512 * 512 * 2);
        ModelArgument Number(int value) => new(null, value, 0, 0);
        var shape = new LaunchShape(new Extent(8, 8), new Extent(128));
        var work = kernel.Work(shape, [View(a), View(b), View(c), Number(512), Number(512), Number(512)]);
        Assert.True(work.IsPaired);
        Assert.Equal(32 * 8 * 2048, work.TensorMultiplyAdds); // 512 / 16 slices of eight products
        Assert.Equal(0, work.SharedConflicts);
        Assert.InRange(work.IssueCycles, 32 * 52, (32 * 60) + 200);
        Assert.True(work.PathCycles > 32 * 140, $"at least the stall counts of 32 slices: {work.PathCycles}");
        var prediction = LaunchPrediction.Of(s_gpu, shape, kernel.OccupancyOf(shape), work, 3 * 512 * 512 * 2);
        Assert.Equal("latency", prediction.Bound); // one group a multiprocessor cannot hide its waits
        Assert.InRange(prediction.Microseconds, 5, 20);
    }
}
