using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>How one picture is upscaled. All defaults together give the best result that fits in memory.</summary>
public sealed record UpscaleOptions
{
    /// <summary>The seed of the noise; the same seed gives the same bytes for any number of threads.</summary>
    public ulong Seed { get; init; } = 12345;

    /// <summary>Steps of the chain to run, 2 to the model's own, evenly chosen; null runs the model's own.</summary>
    public int? Steps { get; init; }

    /// <summary>
    /// How much noise each step of the chain adds, of what the chain itself would: 1 is the model's own, 0 makes the result follow from the first draw
    /// alone. Null is the model's own; for models whose description says <see cref="ModelDescription.TakesEta"/>.
    /// </summary>
    // Song, Meng, Ermon. Denoising diffusion implicit models. 2021. Equation 16.
    public double? Eta { get; init; }

    /// <summary>The longest side of a tile in low-quality pixels; null leaves it to the program. Rounded up to what the network needs.</summary>
    public int? Tile { get; init; }

    /// <summary>The least overlap of neighbouring tiles in low-quality pixels; null leaves it to the program.</summary>
    public int? Overlap { get; init; }

    /// <summary>The most bytes that the whole process may take, or on a device with memory of its own the work there; smaller tiles are chosen to keep it. Null takes 70 % of what the process may have: of its container, or of the machine.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>Whose habits to follow.</summary>
    public Compatibility Compatibility { get; init; }

    /// <summary>Where the noise comes from; null draws as PyTorch does on a CPU from <see cref="Seed"/>. Started anew for each picture.</summary>
    public INoiseSource? Noise { get; init; }

    /// <summary>For inpainting models: of the picture's size, white where the picture is to be made up; of a colour picture its luminance counts.</summary>
    public Image? Mask { get; init; }

    /// <summary>Refuses values that nobody can mean, before anything waits for its turn. Tiles are told where the picture is cut.</summary>
    /// <param name="options">What was given.</param>
    /// <param name="model">What they are for.</param>
    internal static UpscaleOptions Checked(UpscaleOptions? options, ModelDescription model)
    {
        if (options is null) throw new SrkException("options", "how to upscale", "null", "give new UpscaleOptions()");
        if (options.Steps is { } steps && (steps < 2 || !(steps <= model.Steps)))
        {
            throw model.Steps is { } most
                ? new SrkException("steps", $"2 to {most}, the model's", $"{steps}", "leave Steps out for the model's own")
                : new SrkException("steps", $"none: model '{model.Task}' has no chain, it runs once", $"{steps}", "leave Steps out");
        }

        if (options.Eta is { } eta && (!model.TakesEta || !(eta is >= 0 and <= 1)))
        {
            throw model.TakesEta
                ? new SrkException("eta", "0 to 1", $"{eta}", "leave Eta out for the model's own")
                : new SrkException("eta", $"none: the noise of model '{model.Task}' is what it was trained with", $"{eta}", "leave Eta out");
        }

        if (options.MaxMemoryBytes is { } bytes and <= 0)
            throw new SrkException("memory", "a limit of at least one byte", $"{bytes}", "leave MaxMemoryBytes out for a share of what there is");
        if (!Enum.IsDefined(options.Compatibility))
            throw new SrkException("compatibility", string.Join(" or ", Enum.GetNames<Compatibility>()), $"{(int)options.Compatibility}", "leave Compatibility out");
        return options;
    }
}
