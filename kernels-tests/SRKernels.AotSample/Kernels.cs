using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.AotSample;

/// <summary>What the sample embeds: a plain kernel, a generic one with variants, one for newer devices alone.</summary>
public static class Kernels
{
    [Kernel]
    public static void Axpy(ArrayView<float> x, ArrayView<float> y, float a)
    {
        int i = Grid.GlobalIndex.X;
        if (i < y.Length) y[i] = (a * x[i]) + y[i];
    }

    [Kernel]
    [Specialize(typeof(float), Values = [3])]
    [Specialize(typeof(int), Values = [5])]
    public static void Power<T>(ArrayView<T> data, SpecializedValue<int> exponent)
        where T : unmanaged, INumber<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= data.Length) return;
        T x = data[i];
        T product = x;
        for (int k = 1; k < exponent; k++) product *= x;
        data[i] = product;
    }

    [Kernel(Sm = 80)]
    public static void NewerDevices(ArrayView<float> data) => data[Grid.GlobalIndex.X] += 1;
}
