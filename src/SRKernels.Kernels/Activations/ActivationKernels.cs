using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Gpu;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Activations;

/// <summary>y = f(x), x and y of any one shape. Thread i has the elements 4 i .. 4 i + 3; 8 bytes of traffic an element: bound by memory on every device.</summary>
internal static class ActivationKernels
{
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(Values = [(int)Activation.Silu])]
    [Specialize(Values = [(int)Activation.GeluErf])]
    public static void FourPerThread(ArrayView<float> x, ArrayView<float> y, int count, SpecializedValue<int> activation) =>
        ElementwiseQuads.Map(x, y, count, new Named { Activation = activation });

    private struct Named : IDeviceUnary
    {
        public int Activation;

        public readonly float Of(float x) => DeviceActivation.Apply(Activation, x);
    }
}
