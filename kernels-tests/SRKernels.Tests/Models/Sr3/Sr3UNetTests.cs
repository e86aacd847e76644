using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class Sr3UNetTests
{
    private const string SmallestTrace = "sr3_b_trace.safetensors";

    public static TheoryData<string, ExecutionKind> Traces()
    {
        var data = new TheoryData<string, ExecutionKind>();
        foreach (var golden in GoldenFolder.OfKind("sr3_trace"))
            foreach (var kind in new[] { ExecutionKind.Reference, ExecutionKind.Cpu })
                data.Add(golden.GetProperty("file").GetString()!, kind);
        return data;
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void MatchesPyTorch_BlockByBlock(string file, ExecutionKind kind)
    {
        using var cx = new KernelContext(kind, threads: 2);
        Compare(file, cx, $"{kind}");
        Assert.Equal(0, cx.Pool.UsedBytes);
    }

    /// <summary>PoCL and what else is fast; the smallest one also where every launch is emulated.</summary>
    public static TheoryData<string, object> DeviceTraces()
    {
        var data = new TheoryData<string, object>();
        foreach (var golden in GoldenFolder.OfKind("sr3_trace"))
        {
            var file = golden.GetProperty("file").GetString()!;
            foreach (var device in TestDevices.Present(file == SmallestTrace ? Devices.Fast | Devices.EmulatedCuda : Devices.Fast)) data.Add(file, device);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(DeviceTraces))]
    public void MatchesPyTorch_OnDevices(string file, object device) => TestDevices.Use((Devices)device, engine =>
    {
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
        Compare(file, cx, $"{device}");
    });

    private static void Compare(string file, KernelContext cx, string device)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        using var model = Sr3Golden.Model(golden);
        var network = model.Denoiser;
        var trace = new GoldenTrace(
            tensors, GoldenConfiguration.Strings(golden, "outputs"), name => name.Replace(".block.3", "", StringComparison.Ordinal),
            GoldenConfiguration.Ints(golden, "stored_batch_items"));
        cx.Trace = trace;
        using var condition = Sr3Golden.Channels(cx, tensors, "x", 0, 3);
        using var x = Sr3Golden.Channels(cx, tensors, "x", 3, 3);
        using (var time = network.TimeOf(cx, tensors.Floats("noise_level")))
        using (var result = network.Forward(cx, condition, x, time))
            cx.Read(result);
        trace.AssertWithin(TensorComparison.BlockNmse, TensorComparison.WorstElement, device);
    }
}
