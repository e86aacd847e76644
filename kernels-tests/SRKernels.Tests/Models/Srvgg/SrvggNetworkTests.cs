using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Models.Srvgg;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Srvgg;

/// <summary>The compact network against the authors' code, with all its activations and scales.</summary>
public sealed class SrvggNetworkTests
{
    private const string Trace = "srvgg_trace.safetensors";

    public static TheoryData<string> Names() => [.. RivalCase.All(Trace).Select(part => part.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void MatchesPyTorch_LayerByLayer(string name)
    {
        var part = RivalCase.Of(Trace, name);
        using var network = Build(part);
        foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
        {
            using var cx = new KernelContext(kind, threads: 2);
            part.Compare($"{kind}", cx, x => network.Forward(cx, x));
        }

        part.CompareOn(name == "prelu_x2" ? Devices.All : Devices.Fast, network.Forward);
    }

    [Theory]
    [InlineData("realesr-general-x4v3.pth")]
    [InlineData("realesr-general-wdn-x4v3.pth")]
    public void ShapesTellTheNetwork(string file)
    {
        using var weights = WeightFile.Open(GoldenFolder.PathOf(file));
        Assert.True(SrvggShapes.AreIn(weights));
        var configuration = SrvggShapes.Read(weights);
        Assert.Equal(4, configuration.Scale);
        var scope = new WeightScope(weights);
        new SrvggNetwork(scope, configuration).Dispose();
        scope.CheckAllRead();
    }

    private static SrvggNetwork Build(RivalCase part) => new(new WeightScope(part.Weights), Configuration(part.Network));

    internal static SrvggNetworkConfiguration Configuration(JsonElement n) => new()
    {
        Features = GoldenConfiguration.Int(n, "num_feat"),
        Convolutions = GoldenConfiguration.Int(n, "num_conv"),
        Scale = GoldenConfiguration.Int(n, "upscale"),
        Activation = n.GetProperty("act_type").GetString() switch { "prelu" => SrvggActivation.Prelu, "leakyrelu" => SrvggActivation.LeakyRelu, _ => SrvggActivation.Relu },
    };
}
