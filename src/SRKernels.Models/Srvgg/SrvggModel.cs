using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Srvgg;

/// <summary>The network as a model.</summary>
internal sealed class SrvggModel(SrvggConfiguration configuration, WeightScope weights) : OneNetworkModel
{
    private readonly SrvggNetwork _network = new(weights, configuration.Network);

    public override SrvggConfiguration Configuration => configuration;

    public override void Dispose() => _network.Dispose();

    protected override Tensor Forward(KernelContext cx, Tensor x) => _network.Forward(cx, x);
}
