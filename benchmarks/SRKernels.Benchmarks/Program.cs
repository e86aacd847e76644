using BenchmarkDotNet.Running;
using SRKernels.Benchmarks;
using SRKernels.Benchmarks.Convolution;
using SRKernels.Benchmarks.Devices;
using SRKernels.Benchmarks.Ops;
using SRKernels.Benchmarks.Rivals;

switch (args)
{
    case ["pipeline", ..]: return PipelineTiming.Run(args[1..]);
    case ["rivals", ..]: return RivalsCommand.Run(args[1..]);
    case ["rival", _, ..]: return ContenderLoop.Run(args[1..]);
    case ["sr3-step", ..]: return Sr3StepCommand.Run(args[1..]);
    case ["sr3-contender", ..]: return Sr3Contender.Run(args[1..]);
    case ["load", ..]: return LoadTiming.Run(args[1..]);
    case ["network", ..]: return NetworkTiming.Run(args[1..]);
    case ["conv-shapes", ..]: return ConvolutionShapes.Run(args[1..]);
    case ["matrix-product", ..]: return MatrixProductTiming.Run(args[1..]);
    case ["op-timings", ..]: return OpTimings.Run(args.Length > 1 ? args[1] : "");
    default:
        BenchmarkSwitcher.FromAssembly(typeof(OpBenchmark).Assembly).Run(args);
        return 0;
}
