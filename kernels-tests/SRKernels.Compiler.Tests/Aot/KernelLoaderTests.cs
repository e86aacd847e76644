using System.Reflection;
using System.Runtime.InteropServices;

using SRKernels.Compilation;
using SRKernels.Compiler.Frontend;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;
using Xunit;
using Extent = SRKernels.Runtime.Extent;
using SampleKernels = SRKernels.AotSample.Kernels;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>Embedded, then disk, then compiled; embedded ones never reach the compiler.</summary>
public sealed class KernelLoaderTests : IDisposable
{
    private static readonly Assembly s_sample = typeof(SampleKernels).Assembly;
    private static readonly KernelKey s_axpy = new(typeof(SampleKernels).FullName!, nameof(SampleKernels.Axpy));

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"srkernels-loader-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void TheBuildEmbedsEveryKernelAndVariant()
    {
        var declared = new KernelFrontend().List(s_sample.Location).Select(r => KernelMaker.KeyOf(r).ToString());
        Assert.Equal(declared.Order(StringComparer.Ordinal), EmbeddedKernels.Of(s_sample).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void KeysAreTheSameForKeywordsAndFullNames()
    {
        var written = new KernelKey("A.B+C", "M") { TypeArguments = ["float", "A.Tile"], Specialized = [4, -1] };
        var read = new KernelKey("A.B+C", "M") { TypeArguments = ["System.Single", "A.Tile"], Specialized = [4, -1] };
        Assert.Equal(written, read);
        Assert.Equal("A.B+C.M<System.Single,A.Tile>(4,-1)", read.ToString());
    }

    [Fact]
    public void AnEmbeddedKernelRunsOnTheEmulatedDeviceWithoutTheCompiler()
    {
        var maker = new CountingMaker();
        using var device = new CudaDevice(new EmulatedCudaDriver(), 0);
        using var kernel = new KernelLoader(new KernelDiskCache(_folder), maker).Load(device, s_sample, s_axpy);
        float[] x = [1, 2, 3], y = [10, 20, 30];
        using var dx = device.Allocate(12);
        using var dy = device.Allocate(12);
        device.Upload(MemoryMarshal.AsBytes<float>(x), dx);
        device.Upload(MemoryMarshal.AsBytes<float>(y), dy);
        device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(32)), new KernelArguments().View<float>(dx).View<float>(dy).Add(2f));
        device.Download(dy, MemoryMarshal.AsBytes(y.AsSpan()));
        Assert.Equal([12f, 24f, 36f], y);
        Assert.Equal((0, 0), (maker.Keys, maker.Kernels));
        Assert.False(Directory.Exists(_folder));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(86)]
    [InlineData(90)]
    [InlineData(120)]
    public void OfTheEmbeddedPtxTheNewestThatTheDeviceRunsIsTaken(int target)
    {
        var loader = new KernelLoader(null, null);
        var image = loader.Find(Cuda(target), s_sample, s_axpy, out var origin);
        Assert.Equal(KernelOrigin.Embedded, origin);
        Assert.Equal(KernelFormat.Ptx, image.Format);
        Assert.Equal(
            EmbeddedKernels.Of(s_sample).ImagesOf(s_axpy).Where(i => i.Format == KernelFormat.Ptx && i.Target <= target).Max(i => i.Target), image.Target);
    }

    [Fact]
    public void EmbeddedTextIsWhatTheCompilerSaysNow()
    {
        var frontend = new KernelFrontend();
        foreach (var request in frontend.List(s_sample.Location))
        {
            var made = KernelMaker.MakeAll(request, frontend, out _);
            Assert.Equal(made.Select(i => i.Text), EmbeddedKernels.Of(s_sample).ImagesOf(KernelMaker.KeyOf(request)).Select(i => i.Text));
        }
    }

    [Fact]
    public void WithoutACompilerAMissingKernelSaysWhatThereIs()
    {
        var loader = new KernelLoader(null, null);
        var newer = new KernelKey(typeof(SampleKernels).FullName!, nameof(SampleKernels.NewerDevices));
        var error = Assert.Throws<KernelNotEmbeddedException>(() => loader.Find(Cuda(75), s_sample, newer, out _));
        Assert.Contains("NewerDevices", error.Message, StringComparison.Ordinal);
        Assert.Contains("got PTX for sm_80", error.Message, StringComparison.Ordinal);
        Assert.Equal("SRKernels.Compiler", error.Package);
        Assert.Contains(error.Package, error.Remedy, StringComparison.Ordinal);
        error = Assert.Throws<KernelNotEmbeddedException>(() => loader.Find(Cuda(80), s_sample, new KernelKey("No.Such", "Kernel"), out _));
        Assert.Equal("none", error.Got);
    }

    [Fact]
    public void TheCompilerIsFoundByItsNameWhereTheApplicationHasIt()
    {
        Assert.True(KernelLoader.CanCompile);
        Assert.IsType<KernelMaker>(CompilerPackage.Maker());
        var image = new KernelLoader((KernelDiskCache?)null).Find(Cuda(80) with { Kind = DeviceKind.Interpreted }, s_sample, s_axpy, out var origin);
        Assert.Equal((KernelOrigin.Compiled, KernelFormat.Ir), (origin, image.Format));
    }

    [Fact]
    public void WhatIsNotEmbeddedIsCompiledOnceAndThenReadFromDisk()
    {
        using var device = new InterpretedDevice();
        var first = new CountingMaker();
        var compiled = new KernelLoader(new KernelDiskCache(_folder), first).Find(device.Info, s_sample, s_axpy, out var origin);
        Assert.Equal((KernelOrigin.Compiled, 1), (origin, first.Kernels));
        var second = new CountingMaker();
        var kept = new KernelLoader(new KernelDiskCache(_folder), second).Find(device.Info, s_sample, s_axpy, out origin);
        Assert.Equal((KernelOrigin.DiskCache, 0), (origin, second.Kernels));
        Assert.Equal(compiled.Text, kept.Text);
    }

    [Fact]
    public void TheCacheKeyTellsKernelsVariantsAndTargetsApart()
    {
        var maker = new KernelMaker();
        KernelKey[] keys = [s_axpy, s_axpy with { Specialized = [1] }, s_axpy with { Specialized = [2] }, s_axpy with { TypeArguments = ["int"] }];
        DeviceInfo[] devices = [Cuda(80), Cuda(90), Cuda(80) with { Kind = DeviceKind.OpenCl }];
        var all = (from key in keys from device in devices select maker.CacheKey(s_sample, key, device)).ToArray();
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(maker.CacheKey(s_sample, s_axpy, Cuda(86)), new KernelMaker().CacheKey(s_sample, s_axpy, Cuda(87))); // the same text serves both
        Assert.Contains("SRKernels.Compiler", all[0], StringComparison.Ordinal);
        Assert.Contains("SRKernels.Intrinsics", all[0], StringComparison.Ordinal);
    }

    [Fact]
    public void EveryConformanceKernelGoesThroughTheBuildStepAndBack()
    {
        var frontend = new KernelFrontend();
        var kernels = new List<(string Key, IReadOnlyList<KernelImage> Images)>();
        foreach (var request in frontend.List(typeof(SRKernels.Conformance.Catalog).Assembly.Location))
        {
            var images = KernelMaker.MakeAll(request, frontend, out _);
            var lowest = frontend.Translate(request).Info.LowestTarget;
            Assert.Contains(images, i => i.Format == KernelFormat.Ptx && i.Target == lowest);
            kernels.Add((KernelMaker.KeyOf(request).ToString(), images));
        }

        using var stream = new MemoryStream();
        EmbeddedKernels.Write(stream, kernels);
        stream.Position = 0;
        var read = EmbeddedKernels.Read(stream);
        Assert.Equal(kernels.Count, read.Keys.Count);
        Assert.Equal(kernels.Select(k => k.Key).Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
    }

    private static DeviceInfo Cuda(int target) => new(DeviceKind.Cuda, $"a device of sm_{target}", "described", 0, 0, 0, 1024, 1, target, true, true);

    private sealed class CountingMaker : IKernelMaker
    {
        private readonly KernelMaker _maker = new();

        public int Keys { get; private set; }

        public int Kernels { get; private set; }

        public string CacheKey(Assembly assembly, KernelKey key, DeviceInfo device)
        {
            Keys++;
            return _maker.CacheKey(assembly, key, device);
        }

        public KernelImage Make(Assembly assembly, KernelKey key, DeviceInfo device)
        {
            Kernels++;
            return _maker.Make(assembly, key, device);
        }
    }
}
