namespace SRKernels.Models;

/// <summary>What an upscaling is at.</summary>
public enum UpscaleStage
{
    /// <summary>The picture becomes a latent.</summary>
    Encode,

    /// <summary>The chain runs.</summary>
    Sample,

    /// <summary>The latent becomes a picture.</summary>
    Decode,

    /// <summary>All tiles are done.</summary>
    Done,
}

/// <summary>How far an upscaling is.</summary>
/// <param name="Stage">What runs now.</param>
/// <param name="Tile">The tile that runs, from 1.</param>
/// <param name="Tiles">How many there are.</param>
/// <param name="Step">Steps of the tile's chain that are done.</param>
/// <param name="Steps">How many there are.</param>
/// <param name="Fraction">The share of all arithmetic that is done, 0 to 1.</param>
/// <param name="Elapsed">Time since the start.</param>
/// <param name="Remaining">Time left at the speed so far, or null before anything is done.</param>
public readonly record struct UpscaleProgress(
    UpscaleStage Stage, int Tile, int Tiles, int Step, int Steps, double Fraction, TimeSpan Elapsed, TimeSpan? Remaining);
