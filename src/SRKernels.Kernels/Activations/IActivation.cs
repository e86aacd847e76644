using System.Runtime.CompilerServices;
using SRKernels.Kernels.Simd;

namespace SRKernels.Kernels.Activations;

/// <summary>A pointwise function as a type, so that a kernel that ends in one is compiled for it.</summary>
internal interface IActivation
{
    static abstract V Of<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged;
}

/// <summary><see cref="Activation.None"/>.</summary>
internal readonly struct Identity : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged => x;
}

/// <summary><see cref="Activation.Silu"/>.</summary>
internal readonly struct SiluOf : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged => VectorMath.Silu<S, V>(x);
}

/// <summary><see cref="Activation.GeluErf"/>.</summary>
internal readonly struct GeluErfOf : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<S, V>(V x)
        where S : struct, ISimd<V>
        where V : unmanaged => VectorMath.GeluErf<S, V>(x);
}
