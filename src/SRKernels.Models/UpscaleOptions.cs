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
        options.CheckChain(model, "steps", "eta");
        if (options.MaxMemoryBytes is { } bytes and <= 0)
            throw new SrkException("memory", "a limit of at least one byte", $"{bytes}", "leave MaxMemoryBytes out for a share of what there is");
        if (!Enum.IsDefined(options.Compatibility))
            throw new SrkException("compatibility", string.Join(" or ", Enum.GetNames<Compatibility>()), $"{(int)options.Compatibility}", "leave Compatibility out");
        return options;
    }

    /// <summary>Refuses what the model's chain cannot do.</summary>
    /// <param name="model">What the options are for.</param>
    /// <param name="steps">What the user calls <see cref="Steps"/>.</param>
    /// <param name="eta">What the user calls <see cref="Eta"/>.</param>
    internal void CheckChain(ModelDescription model, string steps, string eta)
    {
        const string Remedy = "leave it out for the model's own";
        if (Steps is { } run && (run < 2 || !(run <= model.Steps)))
        {
            throw new SrkException(
                steps, model.Steps is { } most ? $"2 to {most}, the model's" : $"none: '{model.Task}' has no chain, it runs once", $"{run}", Remedy);
        }

        if (Eta is { } share && (!model.TakesEta || !(share is >= 0 and <= 1)))
            throw new SrkException(eta, model.TakesEta ? "0 to 1" : $"none: the noise of '{model.Task}' is what it was trained with", $"{share}", Remedy);
    }
}
