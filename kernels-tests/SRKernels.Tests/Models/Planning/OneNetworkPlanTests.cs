using SRKernels.Kernels;
using SRKernels.Models.Families;
using SRKernels.Models.Rrdb;
using SRKernels.Models.Srvgg;
using SRKernels.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Planning;

/// <summary>What the plan says that the networks that run once take, against what they take and the specification's numbers.</summary>
public sealed class OneNetworkPlanTests
{
    [Theory]
    [InlineData(23, 2, 1, 146.86)]
    [InlineData(6, 2, 1, 46.75)]
    [InlineData(23, 2, 2, 36.72)]
    [InlineData(23, 1, 1, 138.23)]
    public void ArithmeticIsTheSpecifications(int blocks, int ups, int unshuffle, double gigaflops)
    {
        var network = new RrdbNetworkConfiguration { Features = 64, Growth = 32, Blocks = blocks, UpConvolutions = ups, Unshuffle = unshuffle, Naming = RrdbNaming.Body };
        Assert.Equal(gigaflops, network.CostOf(64 * 64).Flops / 1e9, 2);
    }

    [Theory]
    [InlineData(32, 9.90)]
    [InlineData(16, 5.07)]
    public void CompactArithmeticIsTheSpecifications(int convolutions, double gigaflops) =>
        Assert.Equal(gigaflops, new SrvggNetworkConfiguration { Features = 64, Convolutions = convolutions, Scale = 4 }.CostOf(64 * 64).Flops / 1e9, 2);

    public static TheoryData<string> Networks() => ["x4", "x2", "x1", "x3 of one convolution", "compact"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void PeakIsWhatARunTakes(string name)
    {
        var plain = new RrdbNetworkConfiguration { Features = 16, Growth = 8, Blocks = 1, UpConvolutions = 2, Naming = RrdbNaming.Body };
        var network = name switch
        {
            "x2" => plain with { Unshuffle = 2 },
            "x1" => plain with { Unshuffle = 4 },
            "x3 of one convolution" => plain with { UpConvolutions = 1, UpFactor = 3 },
            _ => plain,
        };
        var compact = new SrvggNetworkConfiguration { Features = 16, Convolutions = 2, Scale = 4 };
        ModelConfiguration model = name == "compact"
            ? new OneNetworkConfiguration(SrvggFamily.Instance, "compact-x4", compact)
            : new OneNetworkConfiguration(RrdbFamily.Instance, "esrgan-x4", network);
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 1);
        using var built = model.Build(WeightScope.Zeros());
        using var tile = cx.Rent(1, 32, 48, 3);
        tile.Span.Clear();
        var run = built.Prepare(null);
        run.Run(cx, tile, null, null!, (_, _) => { }).Dispose();
        var planned = model.CostOf(32, 48).PeakBytes;
        Assert.InRange(cx.Pool.PeakUsedBytes, planned * 0.9, planned * 1.1);
    }
}
