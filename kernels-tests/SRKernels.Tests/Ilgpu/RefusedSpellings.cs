using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Tests.Ilgpu;

/// <summary>Kernels that ILGPU's compiler does not take, each the smallest of its kind; ours takes all but the one that throws.</summary>
internal static class RefusedSpellings
{
    [Kernel]
    internal static void ClampsByTheRuntimesMethod(ArrayView<short> x, ArrayView<short> y, SpecializedValue<int> most) => y[0] = Math.Clamp(x[0], (short)0, (short)(int)most);

    [Kernel]
    internal static void Throws(ArrayView<int> x, ArrayView<int> y)
    {
        if (x[0] < 0) throw new ArgumentException("x");
        y[0] = x[0];
    }

    [Kernel]
    internal static void SizesAnArrayBehindABranch(ArrayView<int> x, ArrayView<int> y, SpecializedValue<int> taps)
    {
        ArrayView<int> some = LocalMemory.Allocate<int>((4 + SizeOf(taps) - 1) * 2);
        for (int i = 0; i < 3; i++) some[i] = x[i];
        y[0] = some[x[3]];
    }

    private static int SizeOf(int taps) => (taps & 3) == 3 && (taps & 4) == 0 ? 3 : 1;
}
