using SRKernels.Models.Rrdb;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Rrdb;

/// <summary>What names and shapes tell: the published networks at their full sizes, and files that are none of them.</summary>
public sealed class RrdbShapesTests
{
    [Theory]
    [InlineData(0, 23, 2, 3, 4)]
    [InlineData(0, 6, 2, 3, 4)]
    [InlineData(0, 23, 2, 12, 2)]
    [InlineData(0, 23, 2, 48, 1)]
    [InlineData(1, 23, 2, 3, 4)]
    [InlineData(1, 23, 1, 3, 2)]
    [InlineData(2, 23, 2, 3, 4)]
    [InlineData(3, 23, 2, 3, 4)]
    [InlineData(3, 23, 3, 3, 8)]
    public void TellTheNetwork(int naming, int blocks, int ups, int inChannels, int scale)
    {
        var shapes = Shapes((RrdbNaming)naming, blocks, ups, inChannels);
        Assert.Equal((RrdbNaming)naming, RrdbShapes.NamingOf(shapes));
        var found = RrdbShapes.Read(shapes);
        Assert.Equal((64, 32, blocks, ups, scale), (found.Features, found.Growth, found.Blocks, found.UpConvolutions, found.Scale));
        Assert.Equal((3, 3), (found.InChannels, found.OutChannels));
    }

    [Fact]
    public void OtherNetworksAreNone()
    {
        Assert.Null(RrdbShapes.NamingOf(new NamedShapes { ["conv_first.weight"] = [64, 3, 3, 3], ["body.0.weight"] = [64, 64, 3, 3] }));
        Assert.Null(RrdbShapes.NamingOf(new NamedShapes { ["model.0.weight"] = [64, 3, 3, 3] }));
    }

    /// <summary>What is found is said, and what to do.</summary>
    [Theory]
    [InlineData("RRDB_trunk.0.RDB1.conv1x1.weight", "ESRGAN+", 32, 64, 1, 1)]
    [InlineData("conv_last.weight", "four extents", 3, 64)]
    [InlineData("conv_first.weight", "channels out as in", 64, 5, 3, 3)]
    [InlineData("conv_last.weight", "channels out as in", 4, 64, 3, 3)]
    [InlineData("conv_first.weight", "four extents", 64, 3, 3, 0)]
    [InlineData("conv_last.weight", "none")]
    public void RefusesVariantsAndDamage(string name, string noun, params int[] shape)
    {
        var shapes = Shapes(RrdbNaming.Trunk, 2, 2, 3);
        if (shape.Length == 0) shapes.Remove(name);
        else shapes[name] = [.. shape.Select(extent => (long)extent)];
        var error = Assert.Throws<SrkException>(() => RrdbShapes.Read(shapes));
        Assert.Contains(noun, error.Message, StringComparison.Ordinal);
    }

    private static NamedShapes Shapes(RrdbNaming naming, int blocks, int ups, int inChannels)
    {
        var c = new RrdbNetworkConfiguration { Naming = naming, Features = 64, Growth = 32, Blocks = blocks, UpConvolutions = ups };
        var shapes = new NamedShapes();
        Add(c.Layout.First, 64, inChannels);
        for (var b = 0; b < blocks; b++)
            for (var r = 1; r <= 3; r++)
                for (var i = 1; i <= DenseBlock.Convolutions; i++)
                    Add($"{c.Layout.Block(b)}.{c.Layout.Dense(r)}.{c.Layout.Convolution(i)}", i == DenseBlock.Convolutions ? 64 : 32, DenseBlock.MapChannels(c, i - 1));
        Add(c.Layout.Trunk, 64, 64);
        for (var u = 1; u <= ups; u++) Add(c.Layout.Up(u), 64, 64);
        Add(c.Layout.HighResolution, 64, 64);
        Add(c.Layout.Last, 3, 64);
        return shapes;

        void Add(string name, int to, int from) => (shapes[name + ".weight"], shapes[name + ".bias"]) = ([to, from, 3, 3], [to]);
    }

    private sealed class NamedShapes : Dictionary<string, long[]>, IWeightSource
    {
        public string Description => "shapes";

        public IEnumerable<string> Names => Keys;

        public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
        {
            shape = this.GetValueOrDefault(name);
            return shape is not null;
        }

        public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => destination.Clear();
    }
}
