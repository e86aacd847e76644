using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using SRKernels.Ilgpu;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Benchmarks.Devices;

/// <summary>
/// The two compilers side by side: one op of each family, at sizes that plain loops finish in a second, on ILGPU's CPU accelerator, on the first OpenCL device (our compiler) and,
/// where there is one, on the first CUDA device with our PTX and with ILGPU's. Each is compared with its reference first. Times of <c>ilgpu:cpu</c> are a debugger's: a thread of the
/// system for each of a group's.
/// </summary>
[Config(typeof(CompilerConfig))]
public class CompilerBenchmark
{
    private Device? _device;
    private GpuEngine? _engine;
    private GpuProgram? _program;

    /// <summary>Names as on the command line; <c>ilgpu:cuda:0</c> is the same card as <c>cuda:0</c>.</summary>
    public static IEnumerable<string> Devices =>
    [
        "ilgpu:cpu",
        .. OpenClDevice.List().Count > 0 ? ["opencl:0"] : Array.Empty<string>(),
        .. CudaDevice.List().Count > 0 ? ["cuda:0", "ilgpu:cuda:0"] : Array.Empty<string>(),
    ];

    /// <summary>The first op of each family.</summary>
    public static IEnumerable<string> Ops => OpCases.All.DistinctBy(c => c.Family).Select(c => c.Name);

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "";

    [ParamsSource(nameof(Ops))]
    public string Op { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var op = OpCases.All.First(c => c.Name == Op);
        _device = Open(Device);
        _engine = new GpuEngine(_device);
        Console.WriteLine($"// {Op}, reduced, on {Device} against Reference: NMSE {new OpTimer(_engine, Precision.Fp32, 0).Verify(op):e1}");
        var recorder = new GpuRecorder(_device.Info, Precision.Fp32);
        using var cx = new KernelContext(recorder, _engine);
        op.Prepare(cx, true)().Dispose();
        _program = new GpuProgram(_engine, recorder);
    }

    [Benchmark]
    public void Run()
    {
        _program!.Start(0);
        _device!.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _program?.Dispose();
        _engine?.Dispose();
    }

    private static Device Open(string name) => name switch
    {
        "ilgpu:cpu" => IlgpuDevice.OpenCpu(),
        "ilgpu:cuda:0" => IlgpuDevice.OpenCuda(0),
        "cuda:0" => CudaDevice.Open(0),
        _ => OpenClDevice.Open(0),
    };

    /// <summary>In this process; few runs, as one may take seconds.</summary>
    private sealed class CompilerConfig : ManualConfig
    {
        public CompilerConfig() =>
            AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(1).WithInvocationCount(1).WithUnrollFactor(1));
    }
}
