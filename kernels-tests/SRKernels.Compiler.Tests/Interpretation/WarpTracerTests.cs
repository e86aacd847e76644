using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Conformance;
using Xunit;

namespace SRKernels.Compiler.Tests.Interpretation;

/// <summary>What one warp does, against counts worked out by hand.</summary>
public sealed class WarpTracerTests
{
    private static WarpTrace Follow(string body, int threads = 32, int n = 0, int cacheBytes = 1 << 20, int warp = 0)
    {
        var f = IrParser.Parse($"kernel @K(%p: ptr.global, %n: i32) target=70 {{\n  alloc 0: shared 8192 align 16\n{body}\n}}\n");
        Verifier.Verify(f, "test");
        return new WarpTracer(f).Follow((4, 1, 1), (threads, 1, 1), (1, 0, 0), warp, 0, [1UL << 40, (ulong)n], cacheBytes);
    }

    [Fact]
    public void LoopsRunAsOftenAsTheNumbersSay()
    {
        var trace = Follow("b0:\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%1, b1]\n %1: i32 = add %0, 1:i32\n %2: i1 = cmp.lt.s %1, %n\n condbr %2, b1, b2\nb2:\n ret", n: 7);
        Assert.Equal([1, 7, 1], trace.BlockRuns);
    }

    [Fact]
    public void LanesThatPartMeetAgain()
    {
        // Odd lanes go through b1, even ones through b2; both meet in b3, which runs once.
        var trace = Follow("b0:\n %0: i32 = threadidx #0\n %1: i32 = and %0, 1:i32\n %2: i1 = cmp.eq %1, 0:i32\n condbr %2, b2, b1\nb1:\n br b3\nb2:\n br b3\nb3:\n ret");
        Assert.Equal([1, 1, 1, 1], trace.BlockRuns);
    }

    [Fact]
    public void ALoopRunsUntilItsLastLaneLeaves()
    {
        // Lane l goes round l + 1 times.
        var trace = Follow("b0:\n %0: i32 = threadidx #0\n br b1\nb1:\n %1: i32 = phi [0:i32, b0], [%2, b1]\n %2: i32 = add %1, 1:i32\n %3: i1 = cmp.le.s %2, %0\n condbr %3, b1, b2\nb2:\n ret");
        Assert.Equal([1, 32, 1], trace.BlockRuns);
    }

    [Theory]
    [InlineData(1, 4, 1, 0)] // neighbours: one pass
    [InlineData(2, 4, 2, 1)] // every second word: two lanes a bank
    [InlineData(32, 4, 32, 31)] // all in one bank
    [InlineData(0, 4, 1, 0)] // one word for all
    public void SharedMemoryTakesAPassForEachWordOfABank(int stride, int bytes, long wavefronts, long conflicts)
    {
        var trace = Follow($"b0:\n %0: i32 = threadidx #0\n %1: i32 = mul %0, {stride}:i32\n %2: ptr.shared = alloc #0\n %3: ptr.shared = addr %2, %1 #{bytes}\n %4: f32 = load %3\n store %3, %4\n ret");
        Assert.Equal((2 * wavefronts, 2 * conflicts), (trace.SharedWavefronts, trace.SharedConflicts));
    }

    [Fact]
    public void WideAccessesGoByQuartersOfAWarp()
    {
        var trace = Follow("b0:\n %0: i32 = threadidx #0\n %1: ptr.shared = alloc #0\n %2: ptr.shared = addr %1, %0 #16\n %3: f32x4 = load %2\n ret");
        Assert.Equal((4, 0), (trace.SharedWavefronts, trace.SharedConflicts));
    }

    [Theory]
    [InlineData(4, 4, 1)] // 128 bytes
    [InlineData(8, 8, 2)] // every second word
    [InlineData(128, 32, 32)] // a line each
    public void GlobalAccessesAreCountedInSectorsAndLines(int stride, long sectors, long lines)
    {
        var trace = Follow($"b0:\n %0: i32 = threadidx #0\n %1: ptr.global = addr %p, %0 #{stride}\n %2: f32 = load %1\n store %1, %2\n ret");
        Assert.Equal((sectors, sectors, 2 * lines), (trace.LoadedSectors, trace.StoredSectors, trace.CacheWavefronts));
    }

    [Theory]
    [InlineData(1 << 20, 4, 12)] // all four sectors stay
    [InlineData(0, 16, 0)] // no cache
    public void TheFirstLevelCacheKeepsWhatFits(int cacheBytes, long loaded, long hits)
    {
        var trace = Follow(
            "b0:\n %0: i32 = threadidx #0\n %1: ptr.global = addr %p, %0 #4\n br b1\nb1:\n %2: i32 = phi [0:i32, b0], [%3, b1]\n %3: i32 = add %2, 1:i32\n %4: f32 = load %1\n %5: i1 = cmp.lt.s %3, 4:i32\n condbr %5, b1, b2\nb2:\n ret",
            cacheBytes: cacheBytes);
        Assert.Equal((loaded, hits), (trace.LoadedSectors, trace.FirstLevelSectors));
    }

    [Fact]
    public void LanesBeyondTheGroupDoNothing()
    {
        var trace = Follow("b0:\n %0: i32 = threadidx #0\n %1: ptr.global = addr %p, %0 #32\n store %1, 1:i32\n ret", threads: 40, warp: 1);
        Assert.Equal(8, trace.StoredSectors);
    }

    /// <summary>
    /// The two-stage product of 128x128x128: eight slices. Each multiplies with two ldmatrix of four matrices and four of two (16 passes), and two asynchronous copies of
    /// 16 bytes a lane (8 passes) bring each; a copy of A has a row of 16 bytes a lane (32 sectors), one of B four rows of 128 (16).
    /// </summary>
    [Fact]
    public void TheTensorProductIsAsWorkedOutByHand()
    {
        var f = TensorProductTests.Compile();
        ulong[] arguments = [1UL << 40, 16384, 2UL << 40, 16384, 3UL << 40, 16384, 128, 128, 128];
        var trace = new WarpTracer(f).Follow((2, 2, 1), (128, 1, 1), (1, 1, 0), 0, 0, arguments, 0);
        Assert.Equal((8 * (16 + 8), 0), (trace.SharedWavefronts, trace.SharedConflicts));
        Assert.Equal(8 * (32 + 16), trace.LoadedSectors);
        // 32 rows of 32 floats, eight bytes a lane and store: each sector is touched by the store of the even and that of the odd columns.
        Assert.Equal(2 * 32 * 32 * 4 / 32, trace.StoredSectors);
        // Copies of 16 bytes go past the first-level cache; each of the 32 stores touches a line in each of eight rows.
        Assert.Equal(32 * 8, trace.CacheWavefronts);
        long products = 0;
        foreach (var block in f.Blocks)
            for (var v = block.First; v is not null; v = v.Next)
                if (v.Op == Op.Mma) products += trace.BlockRuns[block.Id];
        Assert.Equal(8 * 8, products);
    }
}
