using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Models.Rrdb;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Rrdb;

/// <summary>The networks of ESRGAN and its heirs against the authors' code: every scale, every layout of names, both containers.</summary>
public sealed class RrdbNetworkTests
{
    private const string Trace = "rrdb_trace.safetensors", Layouts = "rrdb_layouts.safetensors";

    public static TheoryData<string, ExecutionKind> Traces()
    {
        var data = new TheoryData<string, ExecutionKind>();
        foreach (var part in RivalCase.All(Trace))
            foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu }) data.Add(part.Name, kind);
        return data;
    }

    public static TheoryData<string> Names() => [.. RivalCase.All(Trace).Select(part => part.Name)];

    public static TheoryData<string, string> Checkpoints()
    {
        var data = new TheoryData<string, string>();
        foreach (var part in RivalCase.All(Layouts))
            foreach (var file in GoldenConfiguration.Strings(part.Part, "checkpoints")) data.Add(part.Name, file);
        return data;
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void MatchesPyTorch_LayerByLayer(string name, ExecutionKind kind)
    {
        var part = RivalCase.Of(Trace, name);
        using var cx = new KernelContext(kind, threads: 2);
        using var network = Build(part);
        part.Compare($"{kind}", cx, x => network.Forward(cx, x));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void MatchesPyTorch_OnDevices(string name)
    {
        var part = RivalCase.Of(Trace, name);
        using var network = Build(part);
        part.CompareOn(Devices.Fast, network.Forward);
    }

    /// <summary>The smallest of each way into and out of the network where every launch is executed step by step.</summary>
    [Theory]
    [InlineData("x1", Devices.EmulatedCuda)]
    [InlineData("old_x3", Devices.Interpreter)]
    public void MatchesPyTorch_InTheEmulatorAndTheInterpreter(string name, object device)
    {
        var part = RivalCase.Of(Trace, name);
        using var network = Build(part);
        part.CompareOn((Devices)device, network.Forward);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void ReadsEveryLayoutAndContainer(string name, string file)
    {
        var part = RivalCase.Of(Layouts, name);
        using var weights = WeightFile.Open(GoldenFolder.PathOf(file));
        var scope = new WeightScope(weights);
        var configuration = RrdbShapes.Read(weights);
        Assert.Equal(GoldenConfiguration.Int(part.Network, "scale"), configuration.Scale);
        using var network = new RrdbNetwork(scope, configuration);
        scope.CheckAllRead();
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
        part.Compare(file, cx, x => network.Forward(cx, x), '_');
    }

    private static RrdbNetwork Build(RivalCase part) => new(new WeightScope(part.Weights), Configuration(part.Network));

    internal static RrdbNetworkConfiguration Configuration(JsonElement n) => new()
    {
        Features = GoldenConfiguration.Int(n, "num_feat"),
        Growth = GoldenConfiguration.Int(n, "num_grow_ch"),
        Blocks = GoldenConfiguration.Int(n, "num_block"),
        UpConvolutions = n.TryGetProperty("upconvs", out var ups) ? ups.GetInt32() : 2,
        UpFactor = n.TryGetProperty("upsample_factor", out var factor) ? factor.GetInt32() : 2,
        // Only this layout's class makes channels of squares: at scales below 4, of which it says no more in the cases of whole commands.
        Unshuffle = n.GetProperty("layout").GetString() == "new" ? 4 / GoldenConfiguration.Int(n, "scale") : 1,
        // The sequences of the traces have KAIR's names.
        Naming = n.GetProperty("layout").GetString() switch { "new" => RrdbNaming.Body, "trunk" => RrdbNaming.Trunk, _ => RrdbNaming.Kair },
    };
}
