using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>One network of cases_rivals.json with what it was run on and gave.</summary>
/// <param name="File">The file of its tensors.</param>
/// <param name="Part">The entry.</param>
internal sealed record RivalCase(string File, JsonElement Part)
{
    /// <summary>The goldens' README, "Rivals": a second implementation differs by 1.4e-12.</summary>
    public const double NetworkNmse = 1e-10;

    /// <summary>Of the worst element, relative to the largest; Winograd's transforms in fp32 make up most of it.</summary>
    private const double Worst = 5e-5;

    public string Name => Part.GetProperty("name").GetString()!;

    public JsonElement Network => GoldenFolder.Rivals.GetProperty("networks").GetProperty(Part.GetProperty("networks").GetProperty("network").GetString()!);

    public FormulaWeights Weights => FormulaWeights.FromWeightSet(
        GoldenFolder.Rivals.GetProperty("weight_sets").GetProperty(Part.GetProperty("weights").GetProperty("network").GetString()!));

    private string[] Outputs => GoldenConfiguration.Strings(Part, "outputs");

    /// <summary>All entries of a file.</summary>
    public static IEnumerable<RivalCase> All(string file) => GoldenFolder.Rivals.GetProperty("cases").EnumerateArray()
        .Single(c => c.GetProperty("file").GetString() == file).GetProperty("parts").EnumerateArray().Select(part => new RivalCase(file, part));

    /// <summary>One of a file's entries.</summary>
    public static RivalCase Of(string file, string name) => All(file).Single(c => c.Name == name);

    /// <summary>Runs the network and compares each tensor that upstream's modules gave, and what came out.</summary>
    /// <param name="where">The device, for messages.</param>
    /// <param name="cx">Where to run.</param>
    /// <param name="run">The network.</param>
    /// <param name="separator">Between the entry's name and those of its tensors.</param>
    public void Compare(string where, KernelContext cx, Func<Tensor, Tensor> run, char separator = '.')
    {
        var tensors = new GoldenFile(File);
        var output = $"{Name}{separator}out";
        var trace = new GoldenTrace(tensors, Outputs.Where(name => name != output), name => $"{Name}{separator}{name}");
        cx.Trace = trace;
        using var x = GoldenTensors.Rent(cx, tensors, $"{Name}{separator}in");
        var held = cx.Pool.UsedBytes;
        using (var y = run(x)) trace.Compare(output, GoldenTensors.ToNchw(y.Shape, cx.Read(y)));
        cx.Trace = null;
        trace.AssertWithin(NetworkNmse, Worst, $"{where}, {Name}");
        Assert.Equal(held, cx.Pool.UsedBytes);
    }

    /// <summary>As <see cref="Compare"/>, on the devices that are here.</summary>
    public void CompareOn(Devices devices, Func<KernelContext, Tensor, Tensor> run) =>
        TestDevices.Run(devices, Precision.Fp32, (device, cx) => Compare(device, cx, x => run(cx, x)));
}
