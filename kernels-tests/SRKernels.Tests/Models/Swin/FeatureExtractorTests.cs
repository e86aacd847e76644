using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Swin;

public sealed class FeatureExtractorTests
{
    public static TheoryData<string, string, ExecutionKind> Parts()
    {
        var data = new TheoryData<string, string, ExecutionKind>();
        foreach (var golden in GoldenFolder.OfKind("feature_extractor"))
            foreach (var part in golden.GetProperty("parts").EnumerateArray())
                foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
                    data.Add(golden.GetProperty("file").GetString()!, part.GetProperty("name").GetString()!, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void MatchesPyTorch(string file, string name, ExecutionKind kind)
    {
        var part = GoldenFolder.Case(file).GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
        var tensors = new GoldenFile(file);
        using var cx = new KernelContext(kind, threads: 2);
        var u = GoldenConfiguration.UNet(GoldenConfiguration.Network(part, "feature_extractor"));
        // The weight source already stands at the part's key prefix.
        using var extractor = new FeatureExtractor(new WeightScope(GoldenConfiguration.Weights(part, "feature_extractor")), u);
        var trace = new GoldenTrace(tensors, GoldenConfiguration.Strings(part, "outputs"), key => $"{name}.{key.Replace(".op", "", StringComparison.Ordinal)}");
        cx.Trace = trace;
        using var input = GoldenTensors.Rent(cx, tensors, GoldenConfiguration.Strings(part, "inputs").Single());
        using var result = extractor.Forward(cx, input);
        trace.AssertWithin(TensorComparison.BlockNmse, TensorComparison.WorstElement, kind.ToString());
    }
}
