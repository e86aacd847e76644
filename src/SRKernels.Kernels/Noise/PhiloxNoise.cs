using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Noise;

/// <summary>
/// Standard normals from Philox 4x32-10 and Box-Muller, made where they are needed.
/// </summary>
/// <remarks>
/// A grid of <c>threads</c> threads fills a draw: in its call k thread t takes the words of counter (counter + k, t) under the key
/// <c>seed</c> and makes four normals of them, values t + 4 k threads + (0, 1, 2, 3) threads; values count in NCHW order, the whole batch at once.
/// On a device logarithm, sine and cosine differ by their own ulps, so a normal differs by at most 8 ulp from the processor's; the words do not.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; the sharing out as in PyTorch's normal_ on CUDA, spec §9.
/// </remarks>
public static partial class PhiloxNoise
{
    internal const int ValuesPerCall = 4;

    /// <summary>A draw as an activation, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="seed">The key.</param>
    /// <param name="counter">Where the generator stands: 0 at first, then moved on by <see cref="Calls"/> for each draw before.</param>
    /// <param name="threads">Threads of the grid that is imitated.</param>
    /// <exception cref="Runtime.SrkException">No threads.</exception>
    public static Tensor Draw(KernelContext cx, Shape shape, ulong seed, ulong counter, int threads)
    {
        Expect.That(threads > 0, nameof(PhiloxNoise), "at least one thread", "none", "check the mapping");
        if (cx.Kind == ExecutionKind.Device)
            return DrawAt(cx, new NoiseDraws(shape, 1, threads), cx.Gpu.Constant<int>(new PhiloxState(seed, counter).Words));
        var y = cx.Rent(shape);
        Reference(seed, counter, threads, y);
        return y;
    }

    /// <summary>As <see cref="Draw"/>, from a state that is known when the program runs: one recording serves every seed.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="draws">One draw.</param>
    /// <param name="state">The words of a <see cref="PhiloxState"/>.</param>
    internal static Tensor DrawAt(KernelContext cx, in NoiseDraws draws, GpuView state)
    {
        Expect.That(draws.Count == 1, nameof(PhiloxNoise), "one draw", $"{draws.Count}", "take them with DrawAllAt");
        var y = cx.Rent(draws.Field);
        Gpu(cx, draws, state, y, draws.Field.H, draws.Field.W);
        return y;
    }

    /// <summary>All the draws of a chain in one launch, or a window of each: one recording serves every tile.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="draws">The draws.</param>
    /// <param name="h">Rows of the window.</param>
    /// <param name="w">Columns of the window.</param>
    /// <param name="state">The words of a <see cref="PhiloxState"/>. Whoever writes them keeps the window inside the field.</param>
    internal static DrawnOnDevice DrawAllAt(KernelContext cx, in NoiseDraws draws, int h, int w, GpuView state)
    {
        var window = draws.Field with { H = h, W = w };
        var all = new DrawnOnDevice(cx, window, draws.Count);
        Gpu(cx, draws, state, all.Memory, h, w, all.Gap);
        return all;
    }

    /// <summary>A draw as plain values in their order.</summary>
    /// <param name="values">What to fill.</param>
    /// <param name="seed">The key.</param>
    /// <param name="counter">Where the generator stands.</param>
    /// <param name="threads">Threads of the grid that is imitated, at least 1.</param>
    public static void Fill(Span<float> values, ulong seed, ulong counter, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        var calls = Calls(values.Length, threads);
        for (long call = 0; call < calls; call++)
            for (long thread = 0; thread < threads; thread++)
            {
                var first = (call * threads * ValuesPerCall) + thread;
                if (first >= values.Length) break;
                var (a, b, c, d) = Normals(counter + (ulong)call, (uint)thread, (uint)seed, (uint)(seed >> 32));
                values[(int)first] = a;
                if (first + threads < values.Length) values[(int)(first + threads)] = b;
                if (first + (2L * threads) < values.Length) values[(int)(first + (2L * threads))] = c;
                if (first + (3L * threads) < values.Length) values[(int)(first + (3L * threads))] = d;
            }
    }

    /// <summary>How many calls each thread makes for so many values: what a draw moves the counter on by.</summary>
    public static long Calls(long values, int threads) => ((values - 1) / ((long)threads * ValuesPerCall)) + 1;
}
