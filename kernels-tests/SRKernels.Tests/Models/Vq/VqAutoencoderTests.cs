using SRKernels.Kernels;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Vq;

public sealed class VqAutoencoderTests
{
    public static TheoryData<string, ExecutionKind> Traces()
    {
        var data = new TheoryData<string, ExecutionKind>();
        foreach (var golden in GoldenFolder.OfKind("vq_trace"))
            foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
                data.Add(golden.GetProperty("file").GetString()!, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void MatchesPyTorch_ModuleByModule(string file, ExecutionKind kind)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        using var cx = new KernelContext(kind, threads: 2);
        using var autoencoder = new VqAutoencoder(
            new WeightScope(GoldenConfiguration.Weights(golden, "autoencoder")),
            GoldenConfiguration.Autoencoder(GoldenConfiguration.Network(golden, "autoencoder")));
        var trace = new GoldenTrace(tensors, GoldenConfiguration.Strings(golden, "outputs"));
        cx.Trace = trace;
        using var image = GoldenTensors.Rent(cx, tensors, "image");
        using var latent = autoencoder.Encode(cx, image);
        var indices = new int[latent.Shape.Pixels * latent.Shape.N];
        var gap = new float[indices.Length];
        using var quantised = autoencoder.Quantize(cx, latent, indices, gap);
        trace.Compare("indices", Array.ConvertAll(indices, i => (float)i));
        // Distances of two codes, each a sum of terms far larger than their difference.
        var gaps = TensorComparison.Of("index_gap", tensors.Floats("index_gap"), gap);
        Assert.True(gaps.Within(1e-7, 1e-4), gaps.ToString());
        trace.Compare("index_gap", tensors.Floats("index_gap"));
        using var decoded = autoencoder.DecodeQuantized(cx, quantised);
        cx.Trace = null;
        using var direct = autoencoder.DecodeQuantized(cx, latent);
        trace.Compare("decoded_not_quantised", GoldenTensors.ToNchw(direct));
        trace.AssertWithin(TensorComparison.BlockNmse, TensorComparison.WorstElement, kind.ToString());
    }
}
