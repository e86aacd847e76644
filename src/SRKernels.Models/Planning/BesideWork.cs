namespace SRKernels.Models.Planning;

/// <summary>What a program holds beside an upscaling's own while the networks do not run.</summary>
/// <param name="Before">Bytes beside the picture, before they start.</param>
/// <param name="After">Bytes beside the picture and its result, where that is whole, after they ended.</param>
internal readonly record struct BesideWork(long Before, long After);
