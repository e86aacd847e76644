namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>One file inside a zip file, stored as it is.</summary>
/// <param name="Name">Its whole name, with <c>/</c>.</param>
/// <param name="OffsetBytes">Where its bytes start, from the start of the zip file.</param>
/// <param name="LengthBytes">How many it has.</param>
/// <param name="Crc">The sum over them that the zip file states.</param>
internal sealed record ZipMember(string Name, long OffsetBytes, long LengthBytes, uint Crc);
