using ILGPU;
using SRKernels.Language;

namespace SRKernels.Conformance.Kernels;

public static class First
{
    [Kernel]
    public static void Scale(ArrayView<float> x, ArrayView<float> y, float factor)
    {
        int i = Grid.GlobalIndex.X;
        if (i < x.Length) y[i] = x[i] * factor;
    }

    [Kernel(MaxThreads = 64)]
    public static void Reverse(ArrayView<int> x, ArrayView<int> y)
    {
        ArrayView<int> tile = SharedMemory.Allocate<int>(64);
        int i = Group.IdxX;
        tile[i] = x[i];
        Group.Barrier();
        int sum = 0;
        for (int k = 0; k < 4; k++) sum += tile[(63 - i + k) & 63];
        y[i] += sum;
    }
}
