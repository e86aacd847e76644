using SRKernels.Runtime.Cpu;
using Xunit;

namespace SRKernels.Compiler.Tests.Runtime;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void EveryIndexRunsOnceInEveryOfManyLoops(int threads)
    {
        using var workers = new Workers(threads);
        var seen = new int[97];
        for (var loop = 1; loop <= 5000; loop++)
        {
            var body = new Mark(seen);
            workers.Run(1 + (loop % seen.Length), ref body);
        }

        var expected = new int[seen.Length];
        for (var loop = 1; loop <= 5000; loop++)
            for (var i = 0; i <= loop % seen.Length; i++) expected[i]++;
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void AFailureComesOutAndTheNextLoopRuns()
    {
        using var workers = new Workers(3);
        var failing = new Failing();
        for (var i = 0; i < 50; i++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => workers.Run(100, ref failing));
            Assert.Equal("index 37", error.Message);
            var seen = new int[100];
            var body = new Mark(seen);
            workers.Run(100, ref body);
            Assert.All(seen, n => Assert.Equal(1, n));
        }
    }

    [Fact]
    public void ALoopInsideALoopRuns()
    {
        using var workers = new Workers(2);
        var counts = new int[10];
        var outer = new Outer(workers, counts);
        workers.Run(10, ref outer);
        Assert.All(counts, n => Assert.Equal(20, n));
    }

    private readonly struct Mark(int[] seen) : IParallelBody
    {
        public void Invoke(int index, int worker) => Interlocked.Increment(ref seen[index]);
    }

    private readonly struct Failing : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            if (index == 37) throw new InvalidOperationException("index 37");
        }
    }

    private readonly struct Outer(Workers workers, int[] counts) : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            var inner = new Inner(counts, index);
            workers.Run(20, ref inner);
        }
    }

    private readonly struct Inner(int[] counts, int at) : IParallelBody
    {
        public void Invoke(int index, int worker) => Interlocked.Increment(ref counts[at]);
    }
}
