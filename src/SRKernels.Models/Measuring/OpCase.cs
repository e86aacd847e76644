using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Measuring;

/// <summary>One op at a shape of the full-size model (realsr, 64x64 to 256x256): what it computes, how often a run needs it, and how to run it.</summary>
/// <param name="Name">Op and shape.</param>
/// <param name="Family">What it is counted under.</param>
/// <param name="Encode">How often the encoder runs it.</param>
/// <param name="Step">How often one step of the chain runs it.</param>
/// <param name="Decode">How often the decoder runs it.</param>
/// <param name="Flops">Operations of one run; 0 where memory alone counts.</param>
/// <param name="ActivationBytes">Activations that are read and written, each once.</param>
/// <param name="WeightCount">Weights, whose bytes depend on the precision.</param>
/// <param name="Prepare">Makes inputs in a context (reduced: of a size that plain loops finish in a second) and returns the call.</param>
/// <param name="IsProduct">Whether it is computed in the precision that was asked for; the others are fp32 always.</param>
internal sealed record OpCase(
    string Name, string Family, int Encode, int Step, int Decode, double Flops, double ActivationBytes, long WeightCount, Func<KernelContext, bool, Func<Tensor>> Prepare, bool IsProduct)
{
    /// <summary>Whether it is in the small set for slow devices.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Bytes of one run with weights of that size.</summary>
    public double Bytes(int weightBytes) => ActivationBytes + (WeightCount * (double)weightBytes);

    /// <summary>How often a run of that many steps needs it.</summary>
    public int Times(int steps) => Encode + (steps * Step) + Decode;

    public override string ToString() => Name;
}
