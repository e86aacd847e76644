using SRKernels.Benchmarks.Convolution;

return args switch
{
    ["pipeline", ..] => SRKernels.Benchmarks.PipelineTiming.Run(args[1..]),
    ["conv-shapes", ..] => ConvolutionShapes.Run(args[1..]),
    _ => 2,
};
