using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Configuration;
using SRKernels.Models.Sampling;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>The model and noise of SR3's cases in cases.json.</summary>
internal static class Sr3Golden
{
    /// <summary>As the case words it, read as our files' metadata is.</summary>
    public static Sr3Configuration Configuration(JsonElement golden)
    {
        var who = golden.GetProperty("file").GetString()!;
        // A trace has no schedule.
        var diffusion = golden.TryGetProperty("diffusion", out var name) ? GoldenFolder.Diffusion(name.GetString()!) : GoldenFolder.Diffusion("sr3_20");
        var network = new ConfigurationFields(who, GoldenConfiguration.Network(golden, "denoiser"));
        return Sr3ConfigurationText.Read(who, network, new ConfigurationFields(who, diffusion)) with { Scale = 4 };
    }

    public static Sr3Model Model(JsonElement golden, IWeightSource? weights = null) =>
        new(Configuration(golden), new WeightScope(weights ?? GoldenConfiguration.Weights(golden, "denoiser")));

    /// <summary>The draws from a step on: from the seed where the chain starts (they are equal in every bit), else those that are stored.</summary>
    public static ILatentNoise Noise(JsonElement golden, GoldenFile tensors, int? fromStep = null) => fromStep is { } step
        ? new DrawnNoise(new StoredNoise(tensors, step))
        : new DrawnNoise(new TorchCpuNoise(golden.GetProperty("seed").GetUInt64()));

    /// <summary>A golden's channels [first, first + count).</summary>
    public static Tensor Channels(KernelContext cx, GoldenFile tensors, string key, int first, int count)
    {
        var shape = tensors.Shape(key);
        var plane = shape[2] * shape[3];
        var values = new List<float>();
        for (var n = 0; n < shape[0]; n++) values.AddRange(tensors.Floats(key).Slice(((n * shape[1]) + first) * plane, count * plane));
        return GoldenTensors.FromNchw(cx, values.ToArray(), shape[0], count, shape[2], shape[3]);
    }

    private sealed class StoredNoise(GoldenFile tensors, int step) : INoiseSource
    {
        private int _drawn;

        public void Fill(Span<float> values) => tensors.Floats($"noise.t{step - _drawn++}").CopyTo(values);

        public void Reset() => throw new NotSupportedException();
    }
}
