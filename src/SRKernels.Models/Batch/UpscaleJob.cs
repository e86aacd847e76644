namespace SRKernels.Models.Batch;

/// <summary>One picture of a run.</summary>
/// <param name="Input">The file to read.</param>
/// <param name="Output">The file to write, or null for none.</param>
/// <param name="RelativePath">Its place below the folder that was given, with <c>/</c>; the file's name for a single one.</param>
/// <param name="Seed">The seed of its noise.</param>
public sealed record UpscaleJob(string Input, string? Output, string RelativePath, ulong Seed);
