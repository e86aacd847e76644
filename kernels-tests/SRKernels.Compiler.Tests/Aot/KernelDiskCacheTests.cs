using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using Xunit;

namespace SRKernels.Compiler.Tests.Aot;

public sealed class KernelDiskCacheTests : IDisposable
{
    private static readonly KernelImage s_image =
        new("scale", KernelFormat.Ptx, ".version 7.0 ...", [KernelParameter.Pointer, KernelParameter.Int64]) { Target = 80, MaxThreads = 96, UsesDynamicShared = true };

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"srkernels-cache-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void WhatWasStoredIsFoundByAnotherInstanceUnderItsKeyAlone()
    {
        new KernelDiskCache(_folder).Store("a", s_image);
        var found = new KernelDiskCache(_folder).Find("a");
        Assert.NotNull(found);
        Assert.Equal(s_image.Parameters, found.Parameters);
        Assert.Equal(s_image, found with { Parameters = s_image.Parameters });
        Assert.Null(new KernelDiskCache(_folder).Find("b"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public void ATornFileIsIgnoredAndReplaced(int length)
    {
        var cache = new KernelDiskCache(_folder);
        cache.Store("a", s_image);
        var file = Assert.Single(Directory.GetFiles(_folder));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..length]);
        Assert.Null(cache.Find("a"));
        cache.Store("a", s_image);
        Assert.Equal(s_image.Text, cache.Find("a")?.Text);
    }

    [Fact]
    public void EveryChangedByteIsNoticed()
    {
        var cache = new KernelDiskCache(_folder);
        cache.Store("a", s_image);
        var file = Assert.Single(Directory.GetFiles(_folder));
        var bytes = File.ReadAllBytes(file);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            File.WriteAllBytes(file, bytes);
            Assert.True(cache.Find("a") is null, $"byte {i} of {bytes.Length} was changed and not noticed");
            bytes[i] ^= 0x10;
        }
    }

    [Fact]
    public void AFileUnderAnotherKeysNameIsForeign()
    {
        var cache = new KernelDiskCache(_folder);
        cache.Store("a", s_image);
        var a = Assert.Single(Directory.GetFiles(_folder));
        cache.Store("b", s_image);
        var b = Assert.Single(Directory.GetFiles(_folder), f => f != a);
        File.Copy(a, b, overwrite: true);
        Assert.Null(cache.Find("b"));
    }

    [Fact]
    public void AFolderThatCannotBeMadeCostsNothingButTheCache()
    {
        File.WriteAllText(_folder, "a file where the folder should be");
        var cache = new KernelDiskCache(_folder);
        cache.Store("a", s_image);
        Assert.Null(cache.Find("a"));
        File.Delete(_folder);
    }

    [Fact]
    public void WritersAndReadersAtOnceSeeWholeFilesOnly()
    {
        var text = new string('x', 200_000);
        var found = 0;
        Parallel.For(0, 200, i =>
        {
            var cache = new KernelDiskCache(_folder); // as another process would have it
            if (i % 2 == 0) cache.Store("a", s_image with { Text = text });
            else if (cache.Find("a") is { } image)
            {
                Assert.Equal(text, image.Text);
                Interlocked.Increment(ref found);
            }
        });
        Assert.NotEqual(0, found);
        Assert.Single(Directory.GetFiles(_folder)); // no temporary name is left
    }

    [Fact]
    public void BeyondItsBoundTheOldestGo()
    {
        var cache = new KernelDiskCache(_folder, mostFiles: 8);
        cache.Store("oldest", s_image);
        File.SetLastWriteTimeUtc(Assert.Single(Directory.GetFiles(_folder)), DateTime.UtcNow.AddDays(-1));
        for (var i = 0; i < 8; i++) cache.Store($"{i}", s_image);
        Assert.Equal(6, Directory.GetFiles(_folder).Length);
        Assert.Null(cache.Find("oldest"));
    }
}
