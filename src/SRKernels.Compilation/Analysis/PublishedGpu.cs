namespace SRKernels.Compilation.Analysis;

/// <summary>
/// A GPU by published figures alone; nothing here was measured by us. The constants were fixed before any kernel was tuned by the model, so that they could not be
/// bent to please: a change is a commit of its own that says why.
/// </summary>
/// <remarks>
/// Sources. [A100] NVIDIA A100 Tensor Core GPU Architecture whitepaper. [Ada] NVIDIA Ada GPU Architecture whitepaper, RTX 4090. [H100] NVIDIA H100 Tensor Core GPU
/// Architecture whitepaper, SXM5. [Erlangen] measured files of github.com/te42kyfo/gpu-benches: gpu-l2-cache, gpu-latency, gpu-small-kernels. [Sun] Sun et al.
/// Dissecting Tensor Cores via Microbenchmarks. 2022. arXiv 2206.02874. [Luo] Luo et al. Benchmarking and Dissecting the Nvidia Hopper GPU Architecture via
/// Microbenchmarking. 2024. arXiv 2402.13499. [TileLang] hardware description of the RTX 4090 in github.com/tile-ai/tilelang.
/// </remarks>
internal sealed record PublishedGpu
{
    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>What the driver's name of such a GPU contains.</summary>
    public required string Model { get; init; }

    /// <summary>What <c>--gpu</c> takes.</summary>
    public required string Key { get; init; }

    /// <summary>Its target; the limits of one multiprocessor follow.</summary>
    public required int Target { get; init; }

    /// <summary>Multiprocessors.</summary>
    public required int Multiprocessors { get; init; }

    /// <summary>Boost clock.</summary>
    public required double Gigahertz { get; init; }

    /// <summary>bf16 or fp16 multiply-adds with fp32 sums a cycle and multiprocessor, as <c>mma.sync</c> reaches them; tf32 has half.</summary>
    public required double TensorMultiplyAdds { get; init; }

    /// <summary>From an <c>mma.sync</c> to its first dependent one, in cycles.</summary>
    public required int TensorLatency { get; init; }

    /// <summary>Memory bandwidth by the specification, GB/s.</summary>
    public required double MemoryGigabytes { get; init; }

    /// <summary>The share of it that reading reaches.</summary>
    public required double MemoryShare { get; init; }

    /// <summary>Memory to register, in cycles.</summary>
    public required int MemoryLatency { get; init; }

    /// <summary>Second-level cache in bytes, as far as all multiprocessors together can use it.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Bandwidth of the second-level cache, GB/s.</summary>
    public required double CacheGigabytes { get; init; }

    /// <summary>Second-level cache to register, in cycles.</summary>
    public required int CacheLatency { get; init; }

    /// <summary>Bytes that one multiprocessor takes from the second-level cache in a cycle at most.</summary>
    public double CacheBytesPerMultiprocessor => 64; // [A100] "64 B/clk/SM L2 read"; the same port since Volta

    /// <summary>Shared memory to register, in cycles; <c>ldmatrix</c> of four matrices. [Luo] 29 to 30 on all three; [Sun] 29 for .x4.</summary>
    public int SharedLatency => 30;

    /// <summary>First-level cache to register, in cycles. [Erlangen] 34 to 36 on all three.</summary>
    public int FirstLevelLatency => 36;

    /// <summary>
    /// Between the last store of a kernel of a graph and the first instruction of the next, in microseconds. [Erlangen] gpu-small-kernels/*_graph.txt: the fastest
    /// kernel of 4,096 elements, 16 bytes each, takes 65,536 bytes over its bandwidth; less one trip to the second-level cache, which the model counts itself.
    /// </summary>
    public required double LaunchMicroseconds { get; init; }

    /// <summary>What the published tensor-core peak of the whole GPU is, TFLOP/s in bf16 with fp32 sums; for a share of peak.</summary>
    public required double TensorTeraflops { get; init; }

    /// <summary>The limits of its multiprocessors.</summary>
    public MultiprocessorLimits Limits => MultiprocessorLimits.Of(Target);

    /// <summary>fp32 peak in TFLOP/s.</summary>
    public double Fp32Teraflops => 2e-3 * Limits.Fp32 * Multiprocessors * Gigahertz;

    /// <summary>A100 SXM4 40 GB.</summary>
    public static PublishedGpu A100 { get; } = new()
    {
        Name = "A100 SXM4 40GB",
        Model = "A100",
        Key = "a100",
        Target = 80,
        Multiprocessors = 108, // [A100]
        Gigahertz = 1.41, // [A100]
        TensorMultiplyAdds = 1024, // [A100] four tensor cores, 256 dense fp16/bf16 FMA each; [Sun] measures 1004 of them
        TensorLatency = 25, // [Sun] mma.m16n8k16 with fp32 sums
        MemoryGigabytes = 1555, // [A100]; the 80 GB board has 2039
        MemoryShare = 0.85, // [Erlangen] a100_80: 1730 of 2039 GB/s
        MemoryLatency = 570, // [Erlangen]
        CacheBytes = 40L << 20, // [A100]
        CacheGigabytes = 5400, // [Erlangen] a100_80, 10 to 25 MB; the whitepaper's 5120 B/clk would be 7219
        CacheLatency = 211, // [Erlangen]
        LaunchMicroseconds = 1.2, // [Erlangen] a100_80: 49 GB/s, 1.34 us
        TensorTeraflops = 312, // [A100]
    };

    /// <summary>GeForce RTX 4090.</summary>
    public static PublishedGpu Rtx4090 { get; } = new()
    {
        Name = "RTX 4090",
        Model = "RTX 4090",
        Key = "rtx4090",
        Target = 89,
        Multiprocessors = 128, // [Ada]
        Gigahertz = 2.52, // [Ada]
        TensorMultiplyAdds = 256, // [Ada] 165.2 TFLOP/s dense fp16/bf16 with fp32 sums = 128 x 2.52 GHz x 2 x 256 (with fp16 sums twice that)
        TensorLatency = 33, // [Sun] GA10x, the same rate
        MemoryGigabytes = 1008, // [Ada]
        MemoryShare = 0.92, // [Erlangen] l40: 796 of 864 GB/s
        MemoryLatency = 631, // [Erlangen] l40
        CacheBytes = 72L << 20, // [Ada]
        CacheGigabytes = 4510, // [TileLang]; [Erlangen] l40, with a third more slices: 5200
        CacheLatency = 277, // [Erlangen] l40
        LaunchMicroseconds = 0.8, // [Erlangen] l40: 70 GB/s, 0.94 us
        TensorTeraflops = 165.2, // [Ada]
    };

    /// <summary>H100 SXM5 80 GB.</summary>
    public static PublishedGpu H100 { get; } = new()
    {
        Name = "H100 SXM5 80GB",
        Model = "H100",
        Key = "h100",
        Target = 90,
        Multiprocessors = 132, // [H100]
        Gigahertz = 1.83, // [H100] the clock of its 989.4 TFLOP/s
        TensorMultiplyAdds = 2048 * 0.62, // [H100] 2048 by wgmma, which we do not use; [Luo] mma.sync reaches 62 % of peak on average
        TensorLatency = 33, // [Luo] mma.m16n8k16 with fp32 sums
        MemoryGigabytes = 3352, // [H100]
        MemoryShare = 0.81, // [Erlangen] h200: 3888 of 4800 GB/s
        MemoryLatency = 650, // [Erlangen] h100_pcie
        CacheBytes = 50L << 20, // [H100]
        CacheGigabytes = 9800, // [Erlangen] h200, which has the same chip
        CacheLatency = 265, // [Erlangen] h100_pcie
        LaunchMicroseconds = 2.0, // [Erlangen] h200: 30 GB/s, 2.18 us
        TensorTeraflops = 989.4, // [H100]
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedGpu> All { get; } = [A100, Rtx4090, H100];
}
