using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Tests.Models;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>Single ops against PyTorch's outputs in <c>misc_ops.safetensors</c>, on every device.</summary>
public class MiscOpsGoldenTests : OpTest
{
    private static readonly GoldenFile File = new("misc_ops.safetensors");

    public static TheoryData<string> BicubicOutputs() => [.. File.Keys.Where(k => k.StartsWith("bicubic.", StringComparison.Ordinal) && !k.EndsWith(".in", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(BicubicOutputs))]
    public void BicubicResize_MatchesPyTorch(string key)
    {
        var dot = key.LastIndexOf('.');
        Compare(key, cx => BicubicResize.Apply(cx, GoldenTensors.Rent(cx, File, $"{key[..dot]}.in"), int.Parse(key[(dot + 2)..])));
    }

    [Fact]
    public void NearestResize_MatchesPyTorch() => Compare("nearest2.out", cx => NearestResize.Apply(cx, GoldenTensors.Rent(cx, File, "nearest2.in")), 0, 0);

    [Fact]
    public void ReflectPad_MatchesPyTorch() => Compare("reflect.pad_r5_b4", cx => ReflectPad.Apply(cx, GoldenTensors.Rent(cx, File, "reflect.in"), 4, 5), 0, 0);

    // A wrong eps shows at 1e-10 here: the tiny inputs have a variance near eps, so the bound is 1e-11 instead of 1e-9.
    [Theory]
    [InlineData("gn.in", "gn.out_eps1e-5", 1e-5f)]
    [InlineData("gn.in", "gn.out_eps1e-6", 1e-6f)]
    [InlineData("gn.tiny_in", "gn.tiny_out_eps1e-5", 1e-5f)]
    [InlineData("gn.tiny_in", "gn.tiny_out_eps1e-6", 1e-6f)]
    public void GroupNorm_MatchesPyTorch(string input, string output, float eps) =>
        Compare(output, cx => GroupNorm.Apply(cx, GoldenTensors.Rent(cx, File, input), File.Floats("gn.weight"), File.Floats("gn.bias"), 32, eps), 1e-11);

    [Fact]
    public void Activations_MatchPyTorch()
    {
        Compare("act.silu", cx => Silu.Apply(cx, Flat(cx)), 1e-12);
        // The tanh form differs from the erf form by 5e-8: the bound must tell them apart.
        Compare("act.gelu_erf", cx => Gelu.Apply(cx, Flat(cx)), 1e-12);
    }

    [Theory]
    [InlineData("down.vq_pad0101", Conv2dPadding.BottomRight)]
    [InlineData("down.unet_pad1", Conv2dPadding.Same)]
    public void StrideTwoConv2d_MatchesPyTorch(string output, Conv2dPadding padding)
    {
        using var weights = Conv2dWeights.Pack(File.Floats("down.weight"), File.Floats("down.bias"), 32, 32, 3);
        Compare(output, cx => Conv2d.Apply(cx, GoldenTensors.Rent(cx, File, "down.in"), weights, new Conv2dOptions { Stride = 2, Padding = padding }), devices: Devices.None);
    }

    private static Tensor Flat(KernelContext cx)
    {
        var values = File.Floats("act.in");
        return cx.Upload(values, new Shape(1, 1, 1, values.Length));
    }

    private static void Compare(string key, Func<KernelContext, Tensor> run, double nmse = TensorAssert.OpNmse, double largest = TensorAssert.OpLargest,
        Devices devices = Devices.All) =>
        OnEveryDevice((device, cx) =>
        {
            using var y = run(cx);
            TensorAssert.Close($"golden {key} on {device}", File.Floats(key), GoldenTensors.ToNchw(y.Shape, cx.Read(y)), nmse, largest);
        }, devices);
}
