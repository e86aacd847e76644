using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.ResShift;

/// <summary>Brings the noisy latent to about unit size before the network sees it, and asks the network.</summary>
// ResShift's models/gaussian_diffusion.py: _scale_input @3ce1d81.
internal sealed class InputScaling(EtaSchedule schedule, bool enabled)
{
    /// <summary>x_t / sqrt(kappa^2 eta_t + 1).</summary>
    public Tensor ScaleInput(KernelContext cx, Tensor xt, int t) =>
        Scale.Divide(cx, xt, enabled ? schedule.InputDivisor(t) : 1);

    /// <summary>The predicted clean latent of x_t, checked to be finite.</summary>
    public Tensor PredictX0(KernelContext cx, Tensor xt, int t, IDenoiser denoiser)
    {
        xt.Traced(cx, $"x.t{t}");
        using var scaled = ScaleInput(cx, xt, t).Traced(cx, $"x_scaled.t{t}");
        var x0 = denoiser.Predict(cx, scaled, schedule.TimestepMap[t]);
        FiniteCheck.Check(cx, x0, $"the denoiser's prediction at step {t}");
        return x0.Traced(cx, $"pred_xstart.t{t}");
    }
}
