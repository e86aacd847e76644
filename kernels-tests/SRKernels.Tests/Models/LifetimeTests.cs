using System.Runtime.CompilerServices;
using SRKernels.Kernels;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Quantization;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Runtime;
using SRKernels.Runtime.Cpu;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Who uses memory and threads when others give them back (cases.md, 11 and 24).</summary>
public sealed class LifetimeTests
{
    private const string Rounds = "SRKERNELS_TEST_DISPOSE_ROUNDS";

    /// <summary>In a process of its own, so that its crash is a failure here and no end of all tests. 1,000 rounds with <c>SRKERNELS_LONG=1</c>.</summary>
    [Fact]
    public async Task Section11_DisposeWhileItWorksEndsTheCallAndNotTheProcess()
    {
        if (Environment.GetEnvironmentVariable(Rounds) is not null) return;
        var rounds = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal) ? 1000 : 10;
        var child = await TestProgram.Run($"FullyQualifiedName~{nameof(LifetimeTests)}.{nameof(Section11_RunsRounds)}", (Rounds, $"{rounds}"));
        Assert.True(child.ExitCode == 0 && child.Output.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), $"{child}");
    }

    /// <summary>In the child: disposed after ever other times, from another thread, with a second call waiting.</summary>
    [Fact]
    public async Task Section11_RunsRounds()
    {
        if (Environment.GetEnvironmentVariable(Rounds) is not { } count) return;
        var random = new Random(1);
        var picture = new Image(96, 64, PixelLayout.Rgb);
        for (var round = 0; round < int.Parse(count, System.Globalization.CultureInfo.InvariantCulture); round++)
        {
            var resolver = SuperResolver.LoadShipped(threads: 2);
            var running = resolver.UpscaleAsync(picture, new UpscaleOptions { Tile = 32, Overlap = 8, Steps = 2 });
            var waiting = resolver.UpscaleAsync(picture);
            await Task.Delay(random.Next(0, 250));
            resolver.Dispose();
            foreach (var call in new[] { running, waiting })
            {
                // Freed means ended, not: about to end.
                Assert.True(call.IsCompleted || await Task.WhenAny(call, Task.Delay(10_000)) == call, $"round {round}: a call goes on after Dispose");
                if (call.IsCompletedSuccessfully) continue;
                var error = await Record.ExceptionAsync(() => call);
                Assert.True(error is ObjectDisposedException or OperationCanceledException, $"round {round}: {error}");
            }

            await Assert.ThrowsAsync<ObjectDisposedException>(() => resolver.UpscaleAsync(picture));
        }
    }

    [Fact]
    public async Task Section11_DisposeFromItsOwnProgressReportEndsTheCall()
    {
        var resolver = SuperResolver.LoadShipped(threads: 2);
        var call = resolver.UpscaleAsync(new Image(32, 32, PixelLayout.Rgb), null, new Told(resolver.Dispose));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        resolver.Dispose();
        Assert.Throws<ObjectDisposedException>(() => resolver.Plan(8, 8, new UpscaleOptions()));
    }

    /// <summary>Not on a thread of the pool, which goes on to other work with what ILGPU left bound to it.</summary>
    [Fact]
    public async Task Section11_ACallWorksOnAThreadOfItsOwn()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 1);
        bool? isPooled = null;
        await resolver.UpscaleAsync(new Image(4, 4, PixelLayout.Rgb), new UpscaleOptions { Steps = 2 }, new Told(() => isPooled = Thread.CurrentThread.IsThreadPoolThread));
        Assert.False(isPooled);
    }

    [Fact]
    public void Section11_AResolverThatNobodyDisposesIsFreed()
    {
        var (threads, workers) = ForgetOne();
        for (var i = 0; i < 200 && (workers.IsAlive || threads.Any(t => t.IsAlive)); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10);
        }

        Assert.False(workers.IsAlive);
        Assert.DoesNotContain(threads, thread => thread.IsAlive);
    }

    [Fact]
    public void Section11_WhatWasFreedIsRefused()
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, 2);
        using var x = cx.Rent(1, 8, 8, 4);
        var weights = Conv2dWeights.Pack(new float[4 * 4 * 9], [], 4, 4, 3);
        var book = CodeBook.Pack(new float[16], 4, 4);
        weights.Dispose();
        book.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Conv2d.Apply(cx, x, weights));
        Assert.Throws<ObjectDisposedException>(() => weights.At(0, 0, 0, 0));
        Assert.Throws<ObjectDisposedException>(() => weights.BiasAt(0));
        Assert.Throws<ObjectDisposedException>(() => NearestCode.Apply(cx, x, book));
        Assert.Throws<ObjectDisposedException>(() => book.At(0, 0));
        cx.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cx.Rent(1, 1, 1, 1));
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x.Span.Length);
    }

    /// <summary>Values that nobody means are errors in four parts, told before anything is done.</summary>
    [Fact]
    public async Task Section11_AbsurdValuesAreNamed()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 1);
        var picture = new Image(16, 16, PixelLayout.Rgb);
        Assert.Equal("image", (await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(null!))).Who);
        foreach (var compatibility in new[] { Compatibility.None, Compatibility.Upstream })
            foreach (var tile in new[] { int.MinValue, -1, 0, (1 << 16) + 1, int.MaxValue })
            {
                var error = await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture, new UpscaleOptions { Tile = tile, Compatibility = compatibility }));
                Assert.Equal(("tiles", $"{tile}"), (error.Who, error.Got));
            }

        foreach (var overlap in new[] { int.MinValue, -1, int.MaxValue })
            Assert.Equal("tiles", (await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture, new UpscaleOptions { Overlap = overlap }))).Who);
        foreach (var steps in new[] { int.MinValue, 0, 1, 5, int.MaxValue })
        {
            var error = await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture, new UpscaleOptions { Steps = steps }));
            Assert.Equal(("steps", "2 to 4, the model's", $"{steps}"), (error.Who, error.Expected, error.Got));
            Assert.Equal("steps", Assert.Throws<SrkException>(() => resolver.Plan(16, 16, new UpscaleOptions { Steps = steps })).Who);
        }

        foreach (var bytes in new[] { long.MinValue, -1, 0 })
            Assert.Equal("memory", (await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture, new UpscaleOptions { MaxMemoryBytes = bytes }))).Who);
        Assert.Equal("compatibility", (await Assert.ThrowsAsync<SrkException>(() => resolver.UpscaleAsync(picture, new UpscaleOptions { Compatibility = (Compatibility)7 }))).Who);
        Assert.Equal("options", Assert.Throws<SrkException>(() => resolver.Plan(16, 16, null!)).Who);
        Assert.Equal("options", Assert.Throws<SrkException>(() => resolver.Plan(picture, null!, ResultForm.Whole)).Who);
        // At the call: what is on its way through the resolver is not waited for.
        var busy = resolver.UpscaleAsync(picture, new UpscaleOptions { Steps = 2 });
        Assert.True(resolver.UpscaleAsync(picture, new UpscaleOptions { Steps = 99 }).IsFaulted);
        await busy;
        Assert.Throws<SrkException>(() => resolver.Plan(int.MaxValue, int.MaxValue, new UpscaleOptions()));
        foreach (var threads in new[] { -1, Workers.Most + 1, 100_000, int.MaxValue })
            Assert.Equal("threads", Assert.Throws<SrkException>(() => SuperResolver.LoadShipped(threads)).Who);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Thread[] Threads, WeakReference Workers) ForgetOne()
    {
        var resolver = SuperResolver.LoadShipped(threads: 3);
        return (resolver.Context.Workers.Threads, new WeakReference(resolver.Context.Workers));
    }

    private sealed class Told(Action first) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => first();
    }
}
