using System.Diagnostics;
using System.Runtime.InteropServices;
using SRKernels.Compilation;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Conformance.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Benchmarks.Devices;

/// <summary>
/// The compiler's OpenCL C against the same algorithm written by hand, on the first OpenCL device, in turn in one run; then how long C# to PTX takes.
/// usage: matrix-product [SIZE, a multiple of 128; 768] [ROUNDS; 7]
/// </summary>
internal static class MatrixProductTiming
{
    /// <summary>What a person would write: the tile, the loops and the shared layout of <see cref="MatrixProduct.SharedTile128x128"/>.</summary>
    private const string ByHand = """
        __kernel __attribute__((reqd_work_group_size(256, 1, 1)))
        void by_hand(__global const float* a, ulong aOffset, long aLength, __global const float* b, ulong bOffset, long bLength,
                     __global float* c, ulong cOffset, long cLength, int m, int n, int k)
        {
            __local float tileA[8 * 128] __attribute__((aligned(16)));
            __local float tileB[8 * 128] __attribute__((aligned(16)));
            float sums[64];
            int thread = get_local_id(0), x = thread % 16, y = thread / 16;
            int rowA = thread / 2, columnA = thread % 2, rowB = thread / 32, columnB = thread % 32;
            __global const float4* fromA = (__global const float4*)(a + (get_group_id(1) * 128 + rowA) * k) + columnA;
            __global const float4* fromB = (__global const float4*)(b + rowB * n + get_group_id(0) * 128) + columnB;
            for (int i = 0; i < 64; i++) sums[i] = 0;
            for (int from = 0; from < k; from += 8)
            {
                float4 partA = *fromA, partB = *fromB;
                fromA += 2;
                fromB += 2 * n;
                barrier(CLK_LOCAL_MEM_FENCE);
                tileA[(columnA * 4 + 0) * 128 + rowA] = partA.x;
                tileA[(columnA * 4 + 1) * 128 + rowA] = partA.y;
                tileA[(columnA * 4 + 2) * 128 + rowA] = partA.z;
                tileA[(columnA * 4 + 3) * 128 + rowA] = partA.w;
                *(__local float4*)(tileB + rowB * 128 + columnB * 4) = partB;
                barrier(CLK_LOCAL_MEM_FENCE);
                for (int p = 0; p < 8; p++)
                {
                    float column[8], row[8];
                    for (int i = 0; i < 8; i++) column[i] = tileA[p * 128 + y * 8 + i];
                    for (int j = 0; j < 4; j++)
                    {
                        row[j] = tileB[p * 128 + x * 4 + j];
                        row[j + 4] = tileB[p * 128 + 64 + x * 4 + j];
                    }
                    for (int i = 0; i < 8; i++)
                        for (int j = 0; j < 8; j++) sums[i * 8 + j] = fma(column[i], row[j], sums[i * 8 + j]);
                }
            }
            __global float* to = c + (get_group_id(1) * 128 + y * 8) * n + get_group_id(0) * 128 + x * 4;
            for (int i = 0; i < 8; i++, to += n)
                for (int j = 0; j < 4; j++)
                {
                    to[j] = sums[i * 8 + j];
                    to[64 + j] = sums[i * 8 + 4 + j];
                }
        }
        """;

    public static int Run(string[] arguments)
    {
        var size = arguments.Length > 0 ? int.Parse(arguments[0]) : 768;
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1]) : 7;
        if (size <= 0 || size % 128 != 0)
        {
            Console.Error.WriteLine($"matrix-product: expected a size that is a multiple of 128, got {size}");
            return 2;
        }

        CompileTimes();
        if (OpenClDevice.List().Count == 0)
        {
            Console.Error.WriteLine("matrix-product: no OpenCL device; install one, for example the Debian package pocl-opencl-icd");
            return 1;
        }

        using var device = OpenClDevice.Open(0);
        var ours = KernelImageMaker.OpenCl(KernelCompiler.Compile(Request(), forOpenCl: true));
        using var generated = device.Load(ours);
        using var handWritten = device.Load(ours with { Name = "by_hand", Text = ByHand });
        var random = new Random(1);
        var a = Enumerable.Range(0, size * size).Select(_ => random.NextSingle() - 0.5f).ToArray();
        using var da = device.Allocate(a.Length * 4);
        using var db = device.Allocate(a.Length * 4);
        using var dc = device.Allocate(a.Length * 4);
        device.Upload(MemoryMarshal.AsBytes<float>(a), da);
        device.Upload(MemoryMarshal.AsBytes<float>(a), db);
        var launch = new KernelArguments().View<float>(da).View<float>(db).View<float>(dc).Add(size).Add(size).Add(size);
        var shape = new LaunchShape(new Extent(size / 128, size / 128), new Extent(256));
        var results = new float[2][];
        var best = new[] { double.MaxValue, double.MaxValue };
        for (var round = 0; round < rounds; round++)
        {
            for (var which = 0; which < 2; which++)
            {
                var kernel = which == 0 ? generated : handWritten;
                best[which] = Math.Min(best[which], device.Time(() => device.Launch(kernel, shape, launch)));
                results[which] ??= new float[a.Length];
                device.Download(dc, MemoryMarshal.AsBytes(results[which].AsSpan()));
            }
        }

        if (!results[0].AsSpan().SequenceEqual(results[1]))
        {
            Console.Error.WriteLine("matrix-product: the two kernels differ");
            return 1;
        }

        var gflop = 2.0 * size * size * size / 1e9;
        Console.WriteLine($"{device.Info.Name}, {size}: ours {gflop / best[0]:F2} GFLOP/s, by hand {gflop / best[1]:F2} GFLOP/s, ours / by hand {best[1] / best[0]:F2} (best of {rounds})");
        return 0;
    }

    private static KernelRequest Request() =>
        new(typeof(MatrixProduct).Assembly.Location, typeof(MatrixProduct).FullName!, nameof(MatrixProduct.SharedTile128x128));

    private static void CompileTimes()
    {
        var first = 0.0;
        var best = double.MaxValue;
        for (var i = 0; i < 60; i++)
        {
            var start = Stopwatch.GetTimestamp();
            _ = KernelImageMaker.Ptx(KernelCompiler.Compile(Request()), 80);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (i == 0) first = seconds;
            best = Math.Min(best, seconds);
        }

        Console.WriteLine($"C# to PTX: first in this process {first * 1e3:F0} ms, warm {best * 1e3:F1} ms (best of 60)");
    }
}
