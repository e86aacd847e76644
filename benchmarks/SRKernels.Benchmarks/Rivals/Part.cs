namespace SRKernels.Benchmarks.Rivals;

/// <summary>What is timed apart.</summary>
internal enum Part
{
    /// <summary>The enlarged picture to its latent.</summary>
    Encode,

    /// <summary>One call of the denoiser.</summary>
    Step,

    /// <summary>A latent through the code book to the picture.</summary>
    Decode,

    /// <summary>Picture to picture: bicubic, encode, every step with its noise, decode.</summary>
    Whole,
}

/// <summary>The parts' names in commands between processes and in tables.</summary>
internal static class Parts
{
    public static IReadOnlyList<Part> All { get; } = Enum.GetValues<Part>();

    public static string Name(this Part part) => part switch
    {
        Part.Encode => "encode",
        Part.Step => "step",
        Part.Decode => "decode",
        _ => "whole",
    };

    public static Part Parse(string name) => All.First(part => part.Name() == name);
}
