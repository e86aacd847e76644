using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Families;

/// <summary>A model of one network that runs once, from a picture in 0..1 to one: no noise, no steps.</summary>
internal sealed class OneNetworkModel(OneNetworkConfiguration configuration, IPictureNetwork network) : SuperResolutionModel
{
    public override OneNetworkConfiguration Configuration => configuration;

    public override ITileRun Prepare(int? steps, double? eta = null) => new TileRun(network);

    public override void Dispose() => network.Dispose();

    private sealed class TileRun(IPictureNetwork network) : ITileRun
    {
        public int NetworkCalls => 1;

        public int Draws => 0;

        public Tensor Run(KernelContext cx, Tensor tile, Tensor? mask, ILatentNoise noise, Action<UpscaleStage, int> report)
        {
            report(UpscaleStage.Encode, 0);
            report(UpscaleStage.Sample, 0);
            using var x = Scale.MultiplyAdd(cx, tile, 0.5f, 0.5f);
            using var y = network.Forward(cx, x);
            report(UpscaleStage.Sample, 1);
            report(UpscaleStage.Decode, 1);
            FiniteCheck.Check(cx, y, "the network's picture");
            return Scale.MultiplyAdd(cx, y, 2, -1);
        }
    }
}
