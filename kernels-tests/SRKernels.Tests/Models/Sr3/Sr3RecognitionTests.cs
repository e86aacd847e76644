using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class Sr3RecognitionTests
{
    public static TheoryData<string> Tasks() => [.. Sr3Task.All.Select(task => task.Name)];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void ShapesTellThePublishedNetworks(string name)
    {
        var task = Sr3Task.TryFind(name)!;
        var file = PublishedKeys.Of(task);
        var prefix = Sr3Recognition.PrefixIn(file);
        Assert.Equal("denoise_fn.", prefix);
        Assert.Equal([task], Sr3Recognition.Fitting(file, prefix));
        var found = Sr3Recognition.Infer(file, prefix, task.Configuration);
        Assert.Equal(task.Configuration.ChannelMults, found.ChannelMults);
        Assert.Equal(task.Configuration.AttentionResolutions, found.AttentionResolutions);
        Assert.Equal((64, task.Configuration.ResBlocks, task.Configuration.Groups), (found.InnerChannels, found.ResBlocks, found.Groups));
        Assert.Equal((task.Configuration.ImageSize / 8, 16), (found.TileSide, found.SizeMultiple));

        // Every tensor of the file is read or passed over, and no other is asked for.
        var scope = new WeightScope(file);
        new Sr3UNet(scope[prefix.TrimEnd('.')], found).Dispose();
        scope["denoise_fn"].CheckAllRead();
        var outside = file.Names.Where(key => !key.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.Equal(Sr3Recognition.ScheduleBuffers.Order(StringComparer.Ordinal), outside.Order(StringComparer.Ordinal));
        Assert.All(outside, key => Assert.True(Sr3Recognition.IsScheduleBuffer(key, prefix), key));
        Assert.False(Sr3Recognition.IsScheduleBuffer("denoise_fn.downs.0.weight", prefix));
    }

    [Fact]
    public void WhatIsNoSr3NetworkIsNamed()
    {
        Assert.Null(Sr3Recognition.PrefixIn(new Shapes([])));
        var level = new Shapes([("denoise_fn.noise_level_mlp.1.weight", [128, 32])]);
        Assert.Contains("'downs'", Assert.Throws<SrkException>(() => Sr3Recognition.Infer(level, "denoise_fn.", new Sr3Configuration())).Message, StringComparison.Ordinal);
        var vector = new Shapes([("noise_level_mlp.1.weight", [128])]);
        Assert.Contains("[128]", Assert.Throws<SrkException>(() => Sr3Recognition.Infer(vector, "", new Sr3Configuration())).Message, StringComparison.Ordinal);
        var odd = new Shapes([("noise_level_mlp.1.weight", [132, 33]), ("downs.1.res_block.block1.block.3.weight", [33, 33, 3, 3])]);
        Assert.Contains("inner_channel", Assert.Throws<SrkException>(() => Sr3Recognition.Infer(odd, "", new Sr3Configuration())).Message, StringComparison.Ordinal);
    }

    private sealed class Shapes((string Name, long[] Shape)[] tensors) : IWeightSource
    {
        public string Description => "file";

        public IEnumerable<string> Names => tensors.Select(t => t.Name);

        public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
        {
            shape = tensors.FirstOrDefault(t => t.Name == name).Shape;
            return shape is not null;
        }

        public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => destination.Clear();
    }
}
