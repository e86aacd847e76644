using SRKernels.Models;
using SRKernels.Models.Recognition;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class Sr3RecognitionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-sr3-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Tasks() => [.. Sr3Task.All.Select(task => task.Name)];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void PublishedFilesTellWhatTheyAre(string name)
    {
        var published = ((Sr3Task)ModelTask.Find(name)).Configuration;
        using var files = ModelFiles.Open(Write(PublishedKeys.Of(name)));
        var found = (Sr3Configuration)files.Configuration;
        Assert.Equal(name, found.Task);
        Assert.Equal(OwnFormat.Metadata(published), OwnFormat.Metadata(found));
        Assert.Equal((8, published.ImageSize / 8, 2000), (found.Scale, found.Geometry.DefaultTile, found.Steps));
        // The schedule's buffers are passed over; every other tensor is asked for, and none beside them.
        Assert.DoesNotContain(Sr3Family.Instance.Derived, buffer => !PublishedKeys.Of(name).ContainsKey(buffer));
        Assert.Equal("", $"{TensorDifferences.Of(files.Parts[0])}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("denoise_fn.")]
    [InlineData("denoiser.")]
    public void SmallerOnesAreFoundWhereverTheyHang(string prefix)
    {
        var published = PublishedKeys.Of("sr3-64-512").Where(t => t.Key.StartsWith("denoise_fn.", StringComparison.Ordinal));
        var small = published.ToDictionary(t => prefix + t.Key["denoise_fn.".Length..], t => t.Value.Select(extent => extent > 9 ? extent / 4 : extent).ToArray());
        using var files = ModelFiles.Open(Write(small));
        var found = (Sr3Configuration)files.Configuration;
        Assert.Equal(("sr3-64-512", 16, 16), (found.Task, found.InnerChannels, found.Groups));
        Assert.Equal("", $"{TensorDifferences.Of(files.Parts[0])}");
        Assert.Contains("sr3-64-512", Assert.Throws<SrkException>(() => ModelFiles.Open(Path.Combine(_folder, "model.safetensors"), task: "sr3")).Message, StringComparison.Ordinal);
        Assert.Contains("--autoencoder", Assert.Throws<SrkException>(() => ModelFiles.Open(Path.Combine(_folder, "model.safetensors"), "vq.pth")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoSr3NetworkIsNamed()
    {
        (string Expected, Dictionary<string, long[]> Tensors)[] cases =
        [
            ("'downs'", new() { ["denoise_fn.noise_level_mlp.1.weight"] = [128, 32] }),
            ("[128]", new() { ["noise_level_mlp.1.weight"] = [128] }),
            ("of one of sr3-", new() { ["noise_level_mlp.1.weight"] = [132, 33], ["downs.1.res_block.block1.block.3.weight"] = [33, 33, 3, 3] }),
        ];
        foreach (var (expected, tensors) in cases)
            Assert.Contains(expected, Assert.Throws<SrkException>(() => ModelFiles.Open(Write(tensors))).Message, StringComparison.Ordinal);
    }

    private string Write(IReadOnlyDictionary<string, long[]> tensors)
    {
        var path = Path.Combine(_folder, "model.safetensors");
        PublishedKeys.Write(path, tensors);
        return path;
    }
}
