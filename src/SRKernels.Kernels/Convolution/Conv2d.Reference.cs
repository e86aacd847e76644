using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

public static unsafe partial class Conv2d
{
    private static void Reference(Tensor x, Conv2dWeights w, in Conv2dOptions options, Tensor y)
    {
        var (_, h, width, _) = x.Shape;
        var zoom = options.UpsampleInput ? 2 : 1;
        var pad = options.Padding == Conv2dPadding.Same ? w.KernelSize / 2 : 0;
        var residual = options.Residual;
        long at = 0;
        for (var n = 0; n < y.Shape.N; n++)
            for (var oy = 0; oy < y.Shape.H; oy++)
                for (var ox = 0; ox < y.Shape.W; ox++)
                    for (var o = 0; o < w.OutChannels; o++, at++)
                    {
                        double sum = w.BiasAt(o);
                        for (var ky = 0; ky < w.KernelSize; ky++)
                            for (var kx = 0; kx < w.KernelSize; kx++)
                            {
                                var (iy, ix) = ((oy * options.Step) + ky - pad, (ox * options.Step) + kx - pad);
                                if (iy < 0 || ix < 0 || iy >= h * zoom || ix >= width * zoom) continue;
                                var pixel = x.Image(n) + ((((long)(iy / zoom) * width) + (ix / zoom)) * w.InChannels);
                                for (var i = 0; i < w.InChannels; i++) sum += (double)w.At(o, i, ky, kx) * pixel[i];
                            }

                        sum = ReferenceActivation.Apply(options.Activation, sum);
                        if (residual is not null) sum += residual.Data[at];
                        y.Data[at] = (float)sum;
                    }
    }
}
