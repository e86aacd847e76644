using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>SR3's chains against upstream's, tensor by tensor in the order in which they arise.</summary>
public sealed class Sr3ModelTests
{
    internal const string SmallestChain = "sr3_a_case_32x32.safetensors";

    public static TheoryData<string> Chains() => [.. GoldenFolder.OfKind("sr3_chain").Select(c => c.GetProperty("file").GetString()!)];

    /// <summary>PoCL walks all chains; <see cref="EmulatedSr3Tests"/> and <see cref="InterpretedSr3Tests"/> the end of the smallest.</summary>
    public static TheoryData<string, object> DeviceChains() => TestDevices.OnEach(Devices.Fast, [.. Chains()]);

    [Theory]
    [MemberData(nameof(Chains))]
    public void MatchesUpstream_TensorByTensor(string file)
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
        Compare(file, cx, "Cpu");
    }

    [Theory]
    [MemberData(nameof(DeviceChains))]
    public void MatchesUpstream_OnDevices(string file, object device) => CompareOn(file, (Devices)device);

    /// <summary>Its last step, in the plain loops that define the ops.</summary>
    [Fact]
    public void MatchesUpstream_InReference()
    {
        using var cx = new KernelContext(ExecutionKind.Reference, threads: 1);
        Compare(SmallestChain, cx, "Reference", fromStep: 1);
    }

    /// <summary>The picture that the network sees is Pillow's, in every byte.</summary>
    [Theory]
    [MemberData(nameof(Chains))]
    public void EnlargesAsUpstreamDoes(string file)
    {
        var tensors = new GoldenFile(file);
        var shape = tensors.Shape("lr_u8");
        for (var n = 0; n < shape[0]; n++)
        {
            var picture = new Image(shape[2], shape[1], PixelLayout.Rgb);
            var bytes = picture.Samples8.Length;
            tensors.U8("lr_u8").Slice(n * bytes, bytes).CopyTo(picture.Samples8);
            var enlarged = PillowBicubic.Enlarge(picture, GoldenConfiguration.Int(GoldenFolder.Case(file), "sf"));
            Assert.True(enlarged.Samples8.SequenceEqual(tensors.U8("sr_bicubic_u8").Slice(n * enlarged.Samples8.Length, enlarged.Samples8.Length)));
        }
    }

    internal static void CompareOn(string file, Devices device, int? fromStep = null) => TestDevices.Use(device, engine =>
    {
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
        Compare(file, cx, $"{device}", fromStep: fromStep);
    });

    /// <param name="file">The case.</param>
    /// <param name="cx">Where it runs.</param>
    /// <param name="device">Its name.</param>
    /// <param name="weights">Null: by formula.</param>
    /// <param name="fromStep">Where to begin, from upstream's state there; null: at the beginning.</param>
    internal static void Compare(string file, KernelContext cx, string device, IWeightSource? weights = null, int? fromStep = null)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        var where = $"{file} on {device}";
        using var model = Sr3Golden.Model(golden, weights);
        var schedule = DiffusionSchedule.Create(model.Configuration.Schedule);
        var first = fromStep ?? (schedule.Steps - 1);
        // Compared here, not by the trace: bytes by their own rule, what is the same by another name, levels by the table.
        var outputs = GoldenConfiguration.Strings(golden, "outputs")
            .Where(name => !name.EndsWith("_u8", StringComparison.Ordinal) && !name.EndsWith("_rgb", StringComparison.Ordinal))
            .Where(name => !name.StartsWith("returned_", StringComparison.Ordinal) && !name.StartsWith("noise_level.", StringComparison.Ordinal))
            .Where(name => name.IndexOf(".t", StringComparison.Ordinal) is var at && (at < 0 || int.Parse(name[(at + 2)..]) <= first));
        for (var t = 0; t < schedule.Steps; t++) Assert.All(tensors.Floats($"noise_level.t{t}").ToArray(), level => Assert.Equal(level, (float)schedule.NoiseLevel[t]));
        var trace = new GoldenTrace(tensors, outputs);
        cx.Trace = trace;

        using var condition = Condition(cx, tensors);
        using var result = fromStep is null
            ? model.Sample(cx, condition, schedule, Sr3Golden.Noise(golden, tensors))
            : model.Continue(cx, condition, schedule, GoldenTensors.Rent(cx, tensors, $"x.t{first}"), first, Sr3Golden.Noise(golden, tensors, first));
        var values = cx.Read(result);
        trace.AssertWithin(TensorComparison.ChainNmse, double.PositiveInfinity, device);
        var (n, h, w, _) = result.Shape;
        var picture = PixelFloats.FromRgb(values, w, n * h, PixelRange.MinusOneToOne);
        ImageComparison.AssertSame(where, tensors.U8("out_u8_rgb"), picture.Samples8, flips: 0);
    }

    private static Tensor Condition(KernelContext cx, GoldenFile tensors)
    {
        var shape = tensors.Shape("sr_bicubic_u8");
        var (rows, width) = (shape[0] * shape[1], shape[2]);
        var picture = new Image(width, rows, PixelLayout.Rgb);
        tensors.U8("sr_bicubic_u8").CopyTo(picture.Samples8);
        var values = new float[rows * width * 3];
        PixelFloats.ToRgb(picture, values, PixelRange.MinusOneToOne);
        return cx.Upload(values, new Shape(shape[0], shape[1], width, 3));
    }
}
