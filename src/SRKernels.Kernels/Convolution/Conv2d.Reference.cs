using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

public static unsafe partial class Conv2d
{
    private static void Reference(Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
    {
        var (_, h, width, channels) = x.Shape;
        var (to, residual) = (y.Rows, ResidualRows(options));
        var zoom = options.UpsampleInput ? 2 : 1;
        var pad = options.Padding == Conv2dPadding.Same ? w.KernelSize / 2 : 0;
        long at = 0;
        for (var n = 0; n < y.Shape.N; n++)
            for (var oy = 0; oy < y.Shape.H; oy++)
                for (var ox = 0; ox < y.Shape.W; ox++, at++)
                    for (var o = 0; o < w.OutChannels; o++)
                    {
                        double sum = w.BiasAt(o);
                        for (var ky = 0; ky < w.KernelSize; ky++)
                            for (var kx = 0; kx < w.KernelSize; kx++)
                            {
                                var (iy, ix) = ((oy * options.Step) + ky - pad, (ox * options.Step) + kx - pad);
                                if (iy < 0 || ix < 0 || iy >= h * zoom || ix >= width * zoom) continue;
                                var pixel = x.Image(n) + ((((long)(iy / zoom) * width) + (ix / zoom)) * channels);
                                for (var i = 0; i < w.InChannels; i++) sum += (double)w.At(o, i, ky, kx) * pixel[i];
                            }

                        sum = ReferenceActivation.Apply(options.Activation, sum, w.SlopeAt(o));
                        if (!residual.IsNone) sum += *residual.From(at, o).Data;
                        *to.From(at, o).Data = (float)sum;
                    }
    }
}
