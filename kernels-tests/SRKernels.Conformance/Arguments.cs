using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance;

/// <summary>An argument of the C# type <typeparamref name="T"/>.</summary>
public abstract class Argument<T> : Argument
    where T : struct
{
}

/// <summary>Makes arguments and cases.</summary>
public static class Make
{
    public static Argument<ArrayView<T>> View<T>(params T[] content)
        where T : unmanaged => new ViewArgument<T>
    {
        Initial = MemoryMarshal.AsBytes<T>(content).ToArray(),
        IsView = true,
        ElementSize = Unsafe.SizeOf<T>(),
        Kind = KindOf(typeof(T)),
    };

    /// <summary>A view of zeros to write to.</summary>
    public static Argument<ArrayView<T>> Out<T>(int length)
        where T : unmanaged => View(new T[length]);

    public static Argument<T> Scalar<T>(T value)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return new ScalarArgument<T> { Initial = bytes, ElementSize = bytes.Length };
    }

    public static Argument<SpecializedValue<int>> Special(int value) =>
        new SpecializedArgument { Initial = BitConverter.GetBytes(value), ElementSize = 4, Specialized = value };

    public static ConformanceCase Case<A>(Action<A> kernel, Argument<A> a)
        where A : struct => New(kernel, [a], (accelerator, config, v) =>
            accelerator.LoadStreamKernel(kernel)(config, (A)v[0]), v => () => kernel((A)v[0]));

    public static ConformanceCase Case<A, B>(Action<A, B> kernel, Argument<A> a, Argument<B> b)
        where A : struct
        where B : struct => New(kernel, [a, b], (accelerator, config, v) =>
            accelerator.LoadStreamKernel(kernel)(config, (A)v[0], (B)v[1]), v => () => kernel((A)v[0], (B)v[1]));

    public static ConformanceCase Case<A, B, C>(Action<A, B, C> kernel, Argument<A> a, Argument<B> b, Argument<C> c)
        where A : struct
        where B : struct
        where C : struct => New(kernel, [a, b, c], (accelerator, config, v) =>
            accelerator.LoadStreamKernel(kernel)(config, (A)v[0], (B)v[1], (C)v[2]), v => () => kernel((A)v[0], (B)v[1], (C)v[2]));

    public static ConformanceCase Case<A, B, C,
        D>(Action<A, B, C, D> kernel, Argument<A> a, Argument<B> b, Argument<C> c, Argument<D> d)
        where A : struct
        where B : struct
        where C : struct
        where D : struct => New(kernel, [a, b, c, d], (accelerator, config, v) =>
            accelerator.LoadStreamKernel(kernel)(config, (A)v[0], (B)v[1], (C)v[2], (D)v[3]), v => () => kernel((A)v[0], (B)v[1], (C)v[2], (D)v[3]));

    public static ConformanceCase Case<A, B, C, D, E, F>(
        Action<A, B, C, D, E, F> kernel, Argument<A> a, Argument<B> b, Argument<C> c, Argument<D> d, Argument<E> e,
            Argument<F> f)
        where A : struct
        where B : struct
        where C : struct
        where D : struct
        where E : struct
        where F : struct => New(kernel, [a, b, c, d, e, f], (accelerator, config, v) =>
            accelerator.LoadStreamKernel(kernel)(config, (A)v[0], (B)v[1], (C)v[2], (D)v[3], (E)v[4], (F)v[5]), v => () => kernel((A)v[0], (B)v[1], (C)v[2], (D)v[3], (E)v[4], (F)v[5]));

    /// <summary>The same case with another launch or tolerance.</summary>
    public static ConformanceCase With(
        this ConformanceCase test, (int X, int Y, int Z)? grid = null, (int X, int Y, int Z)? group = null,
            int shared = 0, double ulps = 0, string variant = "",
        string? notOnOpenCl = null, string? notTakenByIlgpu = null) =>
        new(test)
        {
            NotTakenByIlgpu = notTakenByIlgpu,
            Grid = grid ?? test.Grid,
            Group = group ?? test.Group,
            DynamicSharedBytes = shared,
            Ulps = ulps,
            Variant = variant,
            Refusals = notOnOpenCl is null ? test.Refusals : new Dictionary<string,
                string>(StringComparer.Ordinal) { ["OpenCL"] = notOnOpenCl },
        };

    /// <summary>The same case with a truth written by hand, and why: what ILGPU's CPU accelerator does instead.</summary>
    public static ConformanceCase Expecting(this ConformanceCase test, string wrongInIlgpu, Action<byte[][]> expected) =>
        new(test) { WrongInIlgpu = wrongInIlgpu, Expected = expected, Ulps = test.Ulps, Variant = test.Variant, DynamicSharedBytes = test.DynamicSharedBytes };

    /// <summary>Sets each element of the second argument from the one of the first at its place.</summary>
    public static Action<byte[][]> Each<A, R>(Func<A, R> f)
        where A : unmanaged
        where R : unmanaged => memory =>
    {
        Span<A> from = MemoryMarshal.Cast<byte, A>(memory[0].AsSpan());
        Span<R> to = MemoryMarshal.Cast<byte, R>(memory[1].AsSpan());
        for (int i = 0; i < to.Length; i++) to[i] = f(from[i]);
    };

    private static ConformanceCase New(Delegate kernel, Argument[] arguments, Action<Accelerator, KernelConfig, object[]> launch,
        Func<object[], Action> bind) => new(kernel, arguments, launch, bind);

    private static ElementKind KindOf(Type type) =>
        type == typeof(float) || type == typeof(Float4) || type == typeof(Float2) ? ElementKind.Single
        : type == typeof(double) ? ElementKind.Double
        : type == typeof(ILGPU.Half) ? ElementKind.Half
        : type == typeof(BFloat16) ? ElementKind.BFloat16
        : ElementKind.Bits;

    private sealed class ViewArgument<T> : Argument<ArrayView<T>>
        where T : unmanaged
    {
        internal override object Value(Accelerator accelerator, nint memory) =>
            CPUMemoryBuffer.Create(accelerator, memory, Length, Unsafe.SizeOf<T>()).AsArrayView<T>(0, Length);
    }

    private sealed class ScalarArgument<T> : Argument<T>
        where T : unmanaged
    {
        internal override unsafe object Value(Accelerator accelerator, nint memory) => *(T*)memory;
    }

    private sealed class SpecializedArgument : Argument<SpecializedValue<int>>
    {
        internal override object Value(Accelerator accelerator, nint memory) => new SpecializedValue<int>((int)Specialized!.Value);
    }
}
