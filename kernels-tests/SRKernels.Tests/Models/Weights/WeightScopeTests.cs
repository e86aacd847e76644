using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights;

public sealed class WeightScopeTests : IDisposable
{
    private const string Header =
        """
        {"blocks.0.norm.weight":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},
        "blocks.0.conv.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
        "blocks.0.conv.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
        "blocks.0.attn_mask":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}
        """;

    private readonly SafetensorsBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void NarrowsLikeFoldersAndNamesWhatNoLayerRead()
    {
        using var file = Open();
        var root = new WeightScope(file);
        var conv = root["blocks"][0]["conv"];
        Assert.True(conv.Has("bias"));
        Assert.False(conv.Has("blocks"));
        Assert.Equal(2, conv.Tensor("weight", 1, 2).Length);

        var error = Assert.Throws<SrkException>(() => root.CheckAllRead("attn_mask"));
        Assert.Contains("2 that no layer reads ('blocks.0.conv.bias', 'blocks.0.norm.weight')", error.Message, StringComparison.Ordinal);

        Assert.Single(conv.Vector("bias", 1));
        root["blocks"][0]["conv"].CheckAllRead();
        Assert.Throws<SrkException>(() => root["blocks"].CheckAllRead("attn_mask", "norm.weights"));
        root["blocks"].CheckAllRead("attn_mask", "norm.weight");
    }

    [Fact]
    public void AMissingOrMisshapenTensorIsNamedInFull()
    {
        using var file = Open();
        var conv = new WeightScope(file)["blocks"][0]["conv"];
        var missing = Assert.Throws<SrkException>(() => conv.Vector("scale", 4));
        Assert.Contains("'blocks.0.conv.scale': expected a tensor [4], got none", missing.Message, StringComparison.Ordinal);
        var misshapen = Assert.Throws<SrkException>(() => conv.Tensor("weight", 2, 1).Length);
        Assert.Contains("'blocks.0.conv.weight': expected [2,1], got [1,2]", misshapen.Message, StringComparison.Ordinal);
        var rank = Assert.Throws<SrkException>(() => conv.Tensor("weight", 1, 2, 1, 1).Length);
        Assert.Contains("expected [1,2,1,1], got [1,2]", rank.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScratchIsUsedAgainAndVectorsAreKept()
    {
        using var file = Open();
        var conv = new WeightScope(file)["blocks"][0]["conv"];
        var bias = conv.Vector("bias", 1);
        var kept = bias[0];
        var first = conv.Tensor("weight", 1, 2);
        var second = conv.Tensor("weight", 1, 2);
        Assert.True(first == second, "two reads should share their scratch memory");
        Assert.Equal(kept, bias[0]);
    }

    [Fact]
    public void ZerosHaveEveryNameAndShape()
    {
        var zeros = WeightScope.Zeros();
        Assert.Equal(new float[6], zeros["any"][7].Tensor("weight", 2, 3).ToArray());
        zeros.CheckAllRead();
    }

    private SafetensorsFile Open() => _files.Open(SafetensorsBytes.Make(Header, 16));
}
