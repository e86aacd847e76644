using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models;

/// <summary>The model and inputs of one chain of cases.json.</summary>
internal static class GoldenChainRun
{
    /// <param name="golden">The case.</param>
    /// <param name="weights">The weights of a role; null: by formula.</param>
    public static ResidualShiftModel Model(JsonElement golden, Func<string, IWeightSource>? weights = null)
    {
        weights ??= role => GoldenConfiguration.Weights(golden, role);
        return new ResidualShiftModel(Configuration(golden), new WeightScope(weights("denoiser")), new WeightScope(weights("autoencoder")));
    }

    /// <summary>What a case runs.</summary>
    public static ResShiftConfiguration Configuration(JsonElement golden)
    {
        var denoiser = GoldenConfiguration.UNet(GoldenConfiguration.Network(golden, "denoiser"));
        // SinSR's configuration names no size of the low-quality picture; what the case was padded to stands in.
        if (denoiser.LqSize is null) denoiser = denoiser with { LqSize = PaddingMultiple(golden) };
        var configuration = new ResShiftConfiguration
        {
            Task = golden.GetProperty("task").GetString()!,
            Scale = GoldenConfiguration.Int(golden, "sf"),
            Denoiser = denoiser,
            Autoencoder = GoldenConfiguration.Autoencoder(GoldenConfiguration.Network(golden, "autoencoder")),
            Diffusion = GoldenConfiguration.Diffusion(
                GoldenFolder.Diffusion(golden.GetProperty("diffusion").GetString()!), golden.GetProperty("sampler").GetString()!),
        };
        configuration.Validate(golden.GetProperty("file").GetString()!);
        return configuration;
    }

    public static int PaddingMultiple(JsonElement golden) => GoldenConfiguration.Int(golden.GetProperty("padding"), "multiple");

    public static Image Picture(GoldenFile tensors, string key, PixelLayout layout)
    {
        var shape = tensors.Shape(key);
        var image = new Image(shape[1], shape[0], layout);
        tensors.U8(key).CopyTo(image.Samples8);
        return image;
    }

    /// <summary>y0: the picture in -1..1, from bytes or stored.</summary>
    public static Tensor Y0(KernelContext cx, JsonElement golden, GoldenFile tensors)
    {
        if (!GoldenConfiguration.Strings(golden, "inputs").Contains("lq_u8_rgb")) return GoldenTensors.Rent(cx, tensors, "y0");
        var picture = Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb);
        var y0 = new float[picture.Height * picture.Width * 3];
        PixelFloats.ToRgb(picture, y0, PixelRange.MinusOneToOne);
        return cx.Upload(y0, new Shape(1, picture.Height, picture.Width, 3));
    }

    public static Tensor? Mask(KernelContext cx, JsonElement golden, GoldenFile tensors)
    {
        if (!GoldenConfiguration.Strings(golden, "inputs").Contains("mask_u8")) return null;
        var bytes = tensors.U8("mask_u8");
        var shape = tensors.Shape("mask_u8");
        var mask = new float[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) mask[i] = ((bytes[i] / 255f) - 0.5f) / 0.5f;
        return cx.Upload(mask, new Shape(1, shape[0], shape[1], 1));
    }

    public static Tensor Pad(KernelContext cx, JsonElement golden, Tensor y0)
    {
        var size = GoldenConfiguration.Ints(golden, "padded_size");
        return ReflectPad.Apply(cx, y0, size[0] - y0.Shape.H, size[1] - y0.Shape.W);
    }

    /// <summary>From the seed where there is one (the draws are equal in every bit), else the stored draws.</summary>
    public static ILatentNoise Noise(JsonElement golden, GoldenFile tensors)
    {
        var repeat = golden.GetProperty("noise_repeat").GetBoolean();
        return golden.GetProperty("seed").ValueKind == JsonValueKind.Number
            ? new DrawnNoise(new TorchCpuNoise(golden.GetProperty("seed").GetUInt64()), repeat)
            : new DrawnNoise(new StoredNoise(tensors, GoldenConfiguration.Strings(golden, "noise")), repeat);
    }

    private sealed class StoredNoise(GoldenFile tensors, string[] keys) : INoiseSource
    {
        private int _next;

        public void Fill(Span<float> values) => tensors.Floats(keys[_next++]).CopyTo(values);

        public void Reset() => _next = 0;
    }
}
