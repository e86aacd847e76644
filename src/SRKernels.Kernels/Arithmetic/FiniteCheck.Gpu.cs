using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Arithmetic;

/*
 * first[g] = the lowest index of an element that is not finite among those of group g (or int.MaxValue), and the bits of that element.
 * StridedGroups: thread t of group g has the float4s t + 256 g, t + 256 (g + groups), ..; the up to three elements left over belong to group 0.
 * Each group writes its own place, and only what it finds first: all tiles of a picture are checked before the host looks once. Minima of ints are
 * the same in any order.
 */
public static partial class FiniteCheck
{
    private const int MostGroups = 64;
    private static readonly KernelKey s_kernel = new(typeof(FiniteCheckKernels).FullName!, nameof(FiniteCheckKernels.StridedGroups));

    private static void Gpu(KernelContext cx, Tensor x, string name)
    {
        var count = checked((int)x.Shape.Count);
        var groups = Math.Clamp(count / 4 / FiniteCheckKernels.Threads, 1, MostGroups);
        var found = cx.Gpu.Notes<Findings>().Add(cx, x.Shape, name, groups);
        cx.Gpu.Launch(s_kernel, new LaunchShape(new Extent(groups), new Extent(FiniteCheckKernels.Threads)), x, found, count);
    }

    /// <summary>What the checks of one recording find, side by side in memory, so that many of them come back in one copy.</summary>
    private sealed class Findings
    {
        private const int ChecksPerCopy = 32;
        private const int PlaceInts = 2 * MostGroups;
        private readonly List<(Shape Shape, string Name, int Groups)> _checks = [];
        private GpuView _places;

        public GpuView Add(KernelContext cx, Shape shape, string name, int groups)
        {
            var at = _checks.Count % ChecksPerCopy;
            if (at == 0)
            {
                var first = _checks.Count;
                var nothing = new int[ChecksPerCopy * PlaceInts];
                Array.Fill(nothing, int.MaxValue);
                _places = cx.Gpu.State<int>(nothing);
                cx.Gpu.Fetch<int>(_places, found => Look(found, first));
            }

            _checks.Add((shape, name, groups));
            return _places.Slice(at * PlaceInts, PlaceInts);
        }

        private void Look(ReadOnlySpan<int> found, int first)
        {
            for (var i = first; i < Math.Min(_checks.Count, first + ChecksPerCopy); i++)
            {
                var (shape, name, groups) = _checks[i];
                var place = found.Slice((i - first) * PlaceInts, 2 * groups);
                var (at, bits) = (int.MaxValue, 0);
                for (var g = 0; g < groups; g++)
                    if (place[2 * g] < at) (at, bits) = (place[2 * g], place[(2 * g) + 1]);
                if (at != int.MaxValue) Report(shape, name, at, BitConverter.Int32BitsToSingle(bits));
            }
        }
    }
}

internal static class FiniteCheckKernels
{
    internal const int Threads = 256;

    [Kernel(MaxThreads = Threads)]
    public static void StridedGroups(ArrayView<float> x, ArrayView<int> found, int count)
    {
        ref int lowest = ref SharedMemory.Allocate<int>();
        ArrayView<Float4> wide = x.AsAligned(16).Cast<Float4>();
        int quads = count / 4;
        int at = int.MaxValue;
        if (Group.IdxX == 0) lowest = int.MaxValue;
        Group.Barrier();
        for (int i = (Grid.IdxX * Threads) + Group.IdxX; i < quads; i += Grid.DimX * Threads)
        {
            Float4 v = wide[i];
            int here = int.MaxValue;
            if (!XMath.IsFinite(v.W)) here = (4 * i) + 3;
            if (!XMath.IsFinite(v.Z)) here = (4 * i) + 2;
            if (!XMath.IsFinite(v.Y)) here = (4 * i) + 1;
            if (!XMath.IsFinite(v.X)) here = 4 * i;
            at = Math.Min(at, here);
        }

        int rest = (4 * quads) + Group.IdxX;
        if (Grid.IdxX == 0 && rest < count && !XMath.IsFinite(x[rest])) at = Math.Min(at, rest);
        if (at != int.MaxValue) Atomic.Min(ref lowest, at);
        Group.Barrier();
        if (Group.IdxX != 0 || lowest == int.MaxValue || found[2 * Grid.IdxX] != int.MaxValue) return;
        found[2 * Grid.IdxX] = lowest;
        found[(2 * Grid.IdxX) + 1] = (int)Interop.FloatAsInt(x[lowest]);
    }
}
