using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>What all contenders read: one file of weights, one picture with what follows from it, and the graphs for ONNX Runtime.</summary>
/// <remarks>
/// Weights and graphs stay in the cache, 1.1 GB for the full size. Graphs are of one size of picture and go by the weights and the scripts that made them.
/// </remarks>
internal sealed class RivalFiles(RivalOptions options)
{
    private const string FormulaRevision = "1";

    /// <summary>The folder of the Python scripts, copied beside the program.</summary>
    public static string Scripts { get; } = Path.Combine(AppContext.BaseDirectory, "peers");

    public string Weights => options.Config == "tiny" ? SuperResolver.ShippedWeightsPath : Path.Combine(options.Cache, $"full-{FormulaRevision}.safetensors");

    public string Inputs => Path.Combine(options.Cache, $"inputs-{options.Config}-{options.Size}");

    public string Graphs => Path.Combine(options.Cache, $"graphs-{options.Config}-{options.Size}-{ScriptsHash()}");

    /// <summary>The graph of a part that is one network.</summary>
    public string Graph(Part part) => Path.Combine(Graphs, part.Name() + ".onnx");

    public bool HasGraphs => File.Exists(Graph(Part.Encode)) && File.Exists(Graph(Part.Step)) && File.Exists(Graph(Part.Decode));

    /// <summary>Writes weights and inputs.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Inputs);
        if (!File.Exists(Weights)) WriteWeights();
        using var cx = new KernelContext(ExecutionKind.Cpu, options.Threads);
        using var picture = cx.Rent(1, options.Size, options.Size, 3);
        new TorchCpuNoise(1).Fill(picture.Span);
        foreach (ref var v in picture.Span) v = Math.Clamp(v / 2, -1, 1);
        using var enlarged = BicubicResize.Apply(cx, picture, RivalOptions.Scale);
        Write("picture.f32", Planes(picture));
        Write("enlarged.f32", Planes(enlarged));
        Write("latent.f32", LatentBesideCodes());
    }

    /// <summary>An input, NCHW.</summary>
    public float[] Read(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(Inputs, name))).ToArray();

    /// <summary>An input as a tensor.</summary>
    public Tensor Read(KernelContext cx, string name, int side) => FromPlanes(cx, Read(name), side);

    /// <summary>NHWC to NCHW of one image of 3 channels.</summary>
    public static float[] Planes(Tensor x)
    {
        var pixels = x.Span;
        var planes = new float[pixels.Length];
        for (var i = 0; i < pixels.Length; i++) planes[(i % 3 * (pixels.Length / 3)) + (i / 3)] = pixels[i];
        return planes;
    }

    /// <summary>NCHW to NHWC of one square image of 3 channels.</summary>
    public static Tensor FromPlanes(KernelContext cx, ReadOnlySpan<float> planes, int side)
    {
        var tensor = cx.Rent(1, side, side, 3);
        var pixels = tensor.Span;
        for (var i = 0; i < pixels.Length; i++) pixels[i] = planes[(i % 3 * (pixels.Length / 3)) + (i / 3)];
        return tensor;
    }

    /// <summary>Latents near a code each: between two codes a rounding decides which one is taken, and that would be no measure of the decoder's arithmetic.</summary>
    private float[] LatentBesideCodes()
    {
        var codes = options.Configuration().Autoencoder.CodeCount;
        using var file = SafetensorsFile.Open(Weights);
        var book = new WeightScope(file).Tensor(ResShiftConfiguration.AutoencoderPrefix + "quantize.embedding.weight", codes, 3);
        var pixels = options.Size * options.Size;
        var planes = new float[3 * pixels];
        new TorchCpuNoise(2).Fill(planes);
        for (var i = 0; i < planes.Length; i++) planes[i] = (planes[i] * 1e-3f) + book[(int)(i % pixels * 2654435761L % codes * 3) + (i / pixels)];
        return planes;
    }

    private void WriteWeights()
    {
        Console.WriteLine($"writing {Weights}");
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
        using var model = new ResidualShiftModel(
            options.Configuration(),
            new WeightScope(new CopiedWeights(FormulaWeights.FullSizeDenoiser(), ResShiftConfiguration.DenoiserPrefix, tensors, asHalves: true)),
            new WeightScope(new CopiedWeights(FormulaWeights.FullSizeAutoencoder(), ResShiftConfiguration.AutoencoderPrefix, tensors, asHalves: true)));
        SafetensorsWriter.Write(Weights, tensors);
    }

    private void Write(string name, float[] values) =>
        AtomicFile.Write(Path.Combine(Inputs, name), stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    private static string ScriptsHash()
    {
        byte[] texts = [.. new[] { "export_onnx.py", "resshift_torch.py" }.SelectMany(name => File.ReadAllBytes(Path.Combine(Scripts, name)))];
        return FormulaRevision + "-" + Convert.ToHexString(SHA256.HashData(texts))[..8];
    }
}
