using SRKernels.Models.Imaging;
using SRKernels.Models.Tiling;

namespace SRKernels.Models.Planning;

/// <summary>What an upscaling will hold in memory, known before it starts: the process stays below it at every moment.</summary>
/// <param name="WeightBytes">The packed weights.</param>
/// <param name="ActivationBytes">The most that the networks hold for one tile, memory kept between layers and the ops' own included.</param>
/// <param name="PictureBytes">
/// The picture, the noise and the canvas of the tiles in work, what turns rows into a file, and the result itself where it is held whole.
/// </param>
/// <param name="TileHeight">Rows of one tile in low-quality pixels, padding included.</param>
/// <param name="TileWidth">Columns of one tile in low-quality pixels, padding included.</param>
/// <param name="Tiles">How many tiles.</param>
/// <param name="Flops">Arithmetic of the whole run, multiply and add counted apart.</param>
public sealed record MemoryPlan(
    long WeightBytes, long ActivationBytes, long PictureBytes, int TileHeight, int TileWidth, int Tiles, double Flops)
{
    /// <summary>
    /// What a .NET process is by itself, its code and its small objects included: measured with <c>srk</c> on Linux x64. The most of it is pages of files, which count.
    /// </summary>
    internal const long ProcessBytes = 58L << 20;

    /// <summary>What an OpenCL driver for the processor takes for its compiler and the kernels that it makes, at most: PoCL 3.1 took 365 MiB for the shipped model with an empty cache, 250 with a full one.</summary>
    internal const long CompilerBytes = 400L << 20;

    /// <summary>The process by itself.</summary>
    public long RuntimeBytes { get; init; } = ProcessBytes;

    /// <summary>An allowance for the compiler of an OpenCL driver that runs in this process; else 0.</summary>
    public long DriverBytes { get; init; }

    /// <summary>What a device was prepared for: launches, and how tensors share the arena; null on the processor.</summary>
    public string? Device { get; init; }

    /// <summary>All together.</summary>
    public long TotalBytes => RuntimeBytes + DriverBytes + WeightBytes + ActivationBytes + PictureBytes;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Tiles} tile{(Tiles == 1 ? "" : "s")} of {TileWidth}x{TileHeight}; {Mebi(TotalBytes)} MiB: "
        + (RuntimeBytes == 0 ? "" : $"process {Mebi(RuntimeBytes)}, ") + (DriverBytes == 0 ? "" : $"driver {Mebi(DriverBytes)}, ")
        + $"weights {Mebi(WeightBytes)}, activations {Mebi(ActivationBytes)}, picture {Mebi(PictureBytes)}; {Flops / 1e9:f0} GFLOP"
        + (Device is null ? "" : $"; {Device}");

    private static long Mebi(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
