using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Resampling;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Whole chains against upstream's, tensor by tensor in the order in which they arise.</summary>
public sealed class ResidualShiftModelTests
{
    internal const string SmallestChain = "rs_case_v3_4step_32x32.safetensors";

    internal static readonly string[] Kinds = ["chain", "sinsr_chain"];

    public static TheoryData<string> Chains() => [.. Kinds.SelectMany(GoldenFolder.OfKind).Select(c => c.GetProperty("file").GetString()!)];

    /// <summary>PoCL walks all chains; <see cref="EmulatedChainTests"/> and <see cref="InterpretedChainTests"/> the smallest.</summary>
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

    internal static void CompareOn(string file, Devices device) => TestDevices.Use(device, engine =>
    {
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
        Compare(file, cx, $"{device}");
    });

    internal static void Compare(string file, KernelContext cx, string device, Func<string, IWeightSource>? weights = null)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        var outputs = GoldenConfiguration.Strings(golden, "outputs");
        var where = $"{file} on {device}";
        using var model = GoldenChainRun.Model(golden, weights);
        // Compared here, not by the trace: inputs by value, indices and bytes by their own rule.
        var trace = new GoldenTrace(
            tensors, outputs.Except(["indices", "index_gap", "out_u8_rgb"]), name => name == "quantised" ? "quant_out" : name);
        cx.Trace = trace;

        using var y0 = GoldenChainRun.Y0(cx, golden, tensors);
        if (trace.Wants("y0")) cx.Show("y0", y0);
        using var mask = GoldenChainRun.Mask(cx, golden, tensors);
        if (mask is not null) cx.Show("mask", mask);
        using var padded = GoldenChainRun.Pad(cx, golden, y0);
        if (trace.Wants("y0_padded")) cx.Show("y0_padded", padded);
        using var zy = model.Encode(cx, padded);
        using var condition = mask is null ? null : Concat.Apply(cx, padded, mask);
        using var latent = model.Sample(
            cx, zy, condition ?? padded, Chain.Create(model.Configuration.Diffusion), GoldenChainRun.Noise(golden, tensors));
        var indices = new int[latent.Shape.N * latent.Shape.Pixels];
        using var quantised = model.Autoencoder.Quantize(cx, latent, indices);
        // A flipped code changes the picture around it: then the golden's own codes are decoded for the comparison. A device tells its codes after
        // the run, so there it is always the golden's own.
        var ownCodes = cx.Kind == ExecutionKind.Device || Flips() > 0;
        using var codes = ownCodes ? model.Autoencoder.Codes(cx, latent.Shape, tensors.Ints("indices")) : null;
        using var decoded = model.Autoencoder.DecodeQuantized(cx, codes ?? quantised);
        var size = GoldenConfiguration.Ints(golden, "out_size");
        using var cropped = Crop.Apply(cx, decoded, 0, 0, size[0], size[1]);
        using var result = Clamp.Apply(cx, cropped, -1, 1);
        if (trace.Wants("sample_func_out")) cx.Show("sample_func_out", result);
        var values = cx.Read(result);
        Flips();
        trace.AssertWithin(TensorComparison.ChainNmse, double.PositiveInfinity, device);
        if (!outputs.Contains("out_u8_rgb") || mask is not null) return;
        var picture = PixelFloats.FromRgb(values, size[1], size[0], PixelRange.MinusOneToOne);
        ImageComparison.AssertSame(where, tensors.U8("out_u8_rgb"), picture.Samples8, flips: 0);

        int Flips() => ImageComparison.CountFlips(where, tensors.Ints("indices"), tensors.Floats("index_gap"), indices);
    }

    public static TheoryData<string> Pictures() =>
        [.. Kinds.Append("chop_chain").SelectMany(GoldenFolder.OfKind)
            .Where(c => GoldenConfiguration.Strings(c, "outputs").Contains("out_u8_rgb"))
            .Select(c => c.GetProperty("file").GetString()!)];

    /// <summary>Picture in, picture out, as the authors' command does it: tiles and inpainting's paste-back included.</summary>
    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task GivesUpstreamsPicture(string file) => await PictureAsync(file);

    /// <summary>The picture of a case, compared with upstream's.</summary>
    internal static async Task<Image> PictureAsync(string file, Func<string, IWeightSource>? weights = null)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new GoldenFile(file);
        using var resolver = new SuperResolver(GoldenChainRun.Model(golden, weights), new KernelContext(ExecutionKind.Cpu, threads: 2), weightBytes: 0);
        var chopped = golden.TryGetProperty("chop", out var chop);
        var options = new UpscaleOptions
        {
            Compatibility = Compatibility.Upstream,
            Seed = golden.GetProperty("seed").GetUInt64(),
            Tile = chopped ? GoldenConfiguration.Int(chop, "size") : null,
            Overlap = chopped ? GoldenConfiguration.Int(chop, "overlap") : null,
            Mask = tensors.Has("mask_u8") ? GoldenChainRun.Picture(tensors, "mask_u8", PixelLayout.Grey) : null,
        };
        var result = await resolver.UpscaleAsync(GoldenChainRun.Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb), options);
        var shape = tensors.Shape("out_u8_rgb");
        Assert.Equal((shape[1], shape[0]), (result.Width, result.Height));
        ImageComparison.AssertSame(file, tensors.U8("out_u8_rgb"), result.Samples8, flips: 0);
        return result;
    }
}
