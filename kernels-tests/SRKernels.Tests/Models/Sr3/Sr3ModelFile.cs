using SRKernels.Models.Recognition;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>Small SR3 models with formula weights: their pictures mean nothing.</summary>
internal static class Sr3ModelFile
{
    /// <summary>x4, tiles of 4x4 pixels, 12 steps.</summary>
    public static Sr3Configuration Smallest { get; } = new()
    {
        ImageSize = 16, Scale = 4, InnerChannels = 8, ChannelMults = [1, 2], AttentionResolutions = [8], ResBlocks = 1, Groups = 4,
        Schedule = new NoiseSchedule { Steps = 12, Start = 1e-4, End = 0.4 },
    };

    /// <summary>Built as a published model is, with fewer channels.</summary>
    public static Sr3Configuration Narrow { get; } = Sr3Task.All[0].Configuration with { InnerChannels = 32, ChannelMults = [1, 1, 1, 1, 1] };

    /// <summary>A file of ours.</summary>
    public static void Write(string path, Sr3Configuration configuration) =>
        SafetensorsWriter.Write(path, Tensors(configuration, "denoiser."), OwnFormat.Metadata(configuration));

    /// <summary>The tensors behind a prefix.</summary>
    public static Dictionary<string, TensorContent> Tensors(Sr3Configuration configuration, string prefix)
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
        new Sr3UNet(new WeightScope(new CopiedWeights(new FormulaWeights { Seed = 31, Gain = 1, OutKeys = ["final_conv"], OutGain = 0.7 }, prefix, tensors)), configuration).Dispose();
        return tensors;
    }
}
