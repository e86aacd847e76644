using SRKernels.Kernels.Gpu;
using SRKernels.Models;
using SRKernels.Models.Batch;

namespace SRKernels.Cli;

/// <summary>What <c>srk upscale</c> was asked for.</summary>
internal sealed record UpscaleRequest
{
    public required string Input { get; init; }

    public string? Output { get; init; }

    public string? Model { get; init; }

    public string? Autoencoder { get; init; }

    public string? Task { get; init; }

    public int? Scale { get; init; }

    /// <summary>Where it runs; null: the best that there is.</summary>
    public string? Device { get; init; }

    public Precision Precision { get; init; }

    public int Threads { get; init; }

    public string? Mask { get; init; }

    public string? Compare { get; init; }

    /// <summary>The names of results in a folder.</summary>
    public ResultNaming Naming { get; init; } = ResultNaming.Default;

    public bool Overwrite { get; init; }

    /// <summary>Whether results stay that are older than their sources.</summary>
    public bool Keep { get; init; }

    /// <summary>Whether of a damaged JPEG that is taken which it still holds.</summary>
    public bool Salvage { get; init; }

    /// <summary>Whether results carry no metadata but the colour profile.</summary>
    public bool Strip { get; init; }

    /// <summary>Whether results are printed as large as their sources: the density grows with the picture.</summary>
    public bool KeepSize { get; init; }

    public bool DryRun { get; init; }

    public bool Quiet { get; init; }

    public bool Json { get; init; }

    public required UpscaleOptions Options { get; init; }
}
