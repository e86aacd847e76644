using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Families;

/// <summary>A model of one network that runs once, from a picture in 0..1 to one: no noise, no steps.</summary>
internal abstract class OneNetworkModel : SuperResolutionModel
{
    public override ITileRun Prepare(int? steps, double? eta = null) => new TileRun(this);

    /// <summary>The network: [n, h, w, 3] in 0..1, which stays the caller's, to [n, h s, w s, 3].</summary>
    protected abstract Tensor Forward(KernelContext cx, Tensor x);

    private sealed class TileRun(OneNetworkModel model) : ITileRun
    {
        public int NetworkCalls => 1;

        public int Draws => 0;

        public Tensor Run(KernelContext cx, Tensor tile, Tensor? mask, ILatentNoise noise, Action<UpscaleStage, int> report)
        {
            report(UpscaleStage.Encode, 0);
            report(UpscaleStage.Sample, 0);
            using var x = Scale.MultiplyAdd(cx, tile, 0.5f, 0.5f);
            using var y = model.Forward(cx, x);
            report(UpscaleStage.Sample, 1);
            report(UpscaleStage.Decode, 1);
            FiniteCheck.Check(cx, y, "the network's picture");
            return Scale.MultiplyAdd(cx, y, 2, -1);
        }
    }
}
