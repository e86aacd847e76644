using SRKernels.Kernels;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Swin;

public sealed class SwinUNetTests
{
    public static TheoryData<string, ExecutionKind> Traces()
    {
        var data = new TheoryData<string, ExecutionKind>();
        foreach (var golden in GoldenFolder.OfKind("unet_trace"))
            foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
                data.Add(golden.GetProperty("file").GetString()!, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void MatchesPyTorch_BlockByBlock(string file, ExecutionKind kind)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        var u = GoldenConfiguration.UNet(GoldenConfiguration.Network(golden, "denoiser"));
        using var cx = new KernelContext(kind, threads: 2);
        using var network = new SwinUNet(new WeightScope(GoldenConfiguration.Weights(golden, "denoiser")), u);
        var trace = new GoldenTrace(
            tensors, GoldenConfiguration.Strings(golden, "outputs"),
            storedItems: GoldenConfiguration.Ints(golden, "stored_batch_items"));
        cx.Trace = trace;
        using var x = GoldenTensors.Rent(cx, tensors, "x");
        using var lq = GoldenTensors.Rent(cx, tensors, "lq");
        var features = network.Condition(cx, lq);
        using var result = network.Forward(cx, x, tensors.Numbers("t"), features);
        if (features != lq) features.Dispose();
        trace.AssertWithin(TensorComparison.BlockNmse, TensorComparison.WorstElement, kind.ToString());
        Assert.Equal(0, cx.Pool.UsedBytes - Bytes(x) - Bytes(lq) - Bytes(result));
    }

    // The pool hands out multiples of 64 bytes.
    private static long Bytes(SRKernels.Kernels.Tensors.Tensor t) => ((t.Shape.Count * sizeof(float)) + 63) / 64 * 64;
}
