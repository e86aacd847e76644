using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Tests.Ilgpu;

/// <summary>
/// The smallest kernels that ILGPU 1.5.3 translates wrongly, as src/SRKernels.Compiler/README.md lists them, each with the spelling that both compilers translate rightly.
/// </summary>
internal static class MistranslatedSpellings
{
    [Kernel]
    internal static void DividesSigned(ArrayView<int> x, ArrayView<int> y) => y[0] = x[0] / 4;

    [Kernel]
    internal static void DividesUnsigned(ArrayView<int> x, ArrayView<int> y) => y[0] = (int)((uint)x[0] / 4u);

    [Kernel]
    internal static void DividesInALoop(ArrayView<int> x, ArrayView<int> y)
    {
        for (int i = 8; i > x.IntLength - 64; i -= 3) y[0] += i / 8;
    }

    [Kernel]
    internal static void DividesWhatIsNeverNegative(ArrayView<int> x, ArrayView<int> y)
    {
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int row = thread / x.IntLength;
        for (int i = thread; i < x.IntLength; i += 2) y[i / 8] = ((x.IntLength + 31) / 32) + ((thread - (row * x.IntLength)) / 4) + (Math.Max(x[i], 0) / 2);
    }

    [Kernel]
    internal static void Shifts(ArrayView<int> x, ArrayView<int> y) => y[0] = x[0] >> 2;

    [Kernel]
    internal static void ChoosesAnInteger(ArrayView<int> x, ArrayView<float> y)
    {
        float chosen = x[0] > 0 ? 0 : 1;
        y[0] = chosen;
    }

    [Kernel]
    internal static void ChoosesAnIntegerForADouble(ArrayView<int> x, ArrayView<double> y)
    {
        double chosen = x[0] > 0 ? 1 : 0;
        y[0] = chosen;
    }

    [Kernel]
    internal static void ChoosesAFloat(ArrayView<int> x, ArrayView<float> y)
    {
        float chosen = x[0] > 0 ? 0f : 1f;
        y[0] = chosen;
    }

    [Kernel]
    internal static void MultipliesAndAdds(ArrayView<float> x, ArrayView<float> y) => y[0] = (x[0] * x[1]) + x[2];

    [Kernel]
    internal static void BranchesOnACall(ArrayView<float> x, ArrayView<float> y)
    {
        int i = Group.IdxX;
        float e = FastMath.Exp(x[i]);
        if (e > 1) y[i] = MathF.Sqrt(e);
        else y[i] = e * 2;
    }
}
