using SRKernels.Kernels.Pixels;
using SRKernels.Runtime;

namespace SRKernels.Models.Tiling;

/// <summary>A picture in a device's memory: red, green and blue in turn, row by row.</summary>
/// <param name="Memory">In which buffer.</param>
/// <param name="OffsetBytes">Where in it the first pixel is.</param>
/// <param name="Form">Extents, numbers, and how far apart the rows are.</param>
internal sealed record DevicePicture(DeviceBuffer Memory, long OffsetBytes, PixelForm Form);
