using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Arithmetic;

/// <summary>
/// Stops a run whose numbers broke down: throws if any element is NaN or infinite.
/// </summary>
/// <remarks>Any shape. It must never become a black image.</remarks>
public static partial class FiniteCheck
{
    /// <summary>Returns if all elements are finite. On a device the check is recorded, and the run that finds one throws at its end.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="name">The layer that made it.</param>
    /// <exception cref="Runtime.SrkException">An element is not finite; names the layer and the place.</exception>
    public static void Check(KernelContext cx, Tensor x, string name)
    {
        if (cx.Kind == ExecutionKind.Device)
        {
            Gpu(cx, x, name);
            return;
        }

        var at = cx.Kind == ExecutionKind.Reference ? Reference(x) : Cpu(cx, x);
        if (at >= 0) Report(x.Shape, name, at, ValueAt(x, at));
    }

    private static unsafe float ValueAt(Tensor x, long at) => x.Data[at];

    private static void Report(Shape x, string name, long at, float value)
    {
        var (_, h, w, c) = x;
        var pixel = at / c;
        var place = $"[{pixel / w / h},{pixel / w % h},{pixel % w},{at % c}]";
        Expect.Throw(name, "finite numbers", $"{value} at {place} of {x}", "the weights are damaged or do not fit this network; srk inspect shows them");
    }
}
