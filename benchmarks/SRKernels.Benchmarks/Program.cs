using SRKernels.Benchmarks.Convolution;

return args is ["conv-shapes", ..] ? ConvolutionShapes.Run(args[1..]) : 2;
