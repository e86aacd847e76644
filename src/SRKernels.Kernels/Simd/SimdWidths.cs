using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SRKernels.Kernels.Simd;

/// <summary>The vector widths that kernels can be instantiated for.</summary>
internal enum SimdWidth
{
    /// <summary>One lane: any processor, and the oracle of the others' tails.</summary>
    Scalar,

    /// <summary>4 lanes: SSE, NEON.</summary>
    V128,

    /// <summary>8 lanes: AVX2 with FMA.</summary>
    V256,

    /// <summary>16 lanes: AVX-512.</summary>
    V512,
}

/// <summary>What this processor does well.</summary>
internal static class SimdWidths
{
    /// <summary>The widest vectors that are at least as fast as narrower ones here.</summary>
    public static SimdWidth Best =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? SimdWidth.V512
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? SimdWidth.V256
        : Vector128.IsHardwareAccelerated ? SimdWidth.V128
        : SimdWidth.Scalar;
}
