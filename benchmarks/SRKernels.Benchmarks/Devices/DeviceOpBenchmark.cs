using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using SRKernels.Benchmarks.Ops;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using OpCase = SRKernels.Models.Measuring.OpCase;
using OpCases = SRKernels.Models.Measuring.OpCases;

namespace SRKernels.Benchmarks.Devices;

/// <summary>
/// Times the device kernels of one family at the full model's shapes (those of `srk bench`), each compared with its reference first. On CUDA all shapes; on OpenCL, where a run
/// can take seconds, the small set. Wall-clock time of a queued program (on CUDA a graph); `srk bench --device` takes the device's own clock instead.
/// </summary>
/// <param name="families">Of <see cref="OpCase.Family"/>.</param>
[Config(typeof(DeviceOpConfig))]
public abstract class DeviceOpBenchmark(params string[] families)
{
    private GpuProgram? _program;
    private int _queued;

    /// <summary>Names of the ops.</summary>
    public IEnumerable<string> Ops => OpCases.All.Where(c => families.Contains(c.Family) && (c.IsQuick || DeviceUnderTest.IsCuda)).Select(c => c.Name);

    /// <summary>What products are computed in; ops without products know fp32 only.</summary>
    public IEnumerable<string> Precisions =>
        OpCases.All.Any(c => families.Contains(c.Family) && c.IsProduct) ? [nameof(Kernels.Gpu.Precision.Fp32), nameof(Kernels.Gpu.Precision.Bf16)] : [nameof(Kernels.Gpu.Precision.Fp32)];

    [ParamsSource(nameof(Ops))]
    public string Op { get; set; } = "";

    [ParamsSource(nameof(Precisions))]
    public string Precision { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var (op, precision) = (CaseOf(Op), Enum.Parse<Precision>(Precision));
        var engine = DeviceUnderTest.Engine;
        Console.WriteLine($"// {Op}, {Precision} on {engine.Device.Info.Name} against Reference: NMSE {new OpTimer(engine, precision, 0).Verify(op):e1}");
        var recorder = new GpuRecorder(engine.Device.Info, precision);
        using var cx = new KernelContext(recorder, engine);
        op.Prepare(cx, false)().Dispose();
        _program = new GpuProgram(engine, recorder);
    }

    /// <summary>Waits after several runs, so that beside them the wait is small; an iteration has many times as many.</summary>
    [Benchmark]
    public void Run()
    {
        _program!.Start(0);
        if (++_queued % DeviceOpConfig.RunsInFlight == 0) DeviceUnderTest.Engine.Device.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup() => _program?.Dispose();

    internal static OpCase CaseOf(string name) => OpCases.All.First(c => c.Name == name);
}

public class ConvolutionDeviceBenchmark() : DeviceOpBenchmark("conv3x3", "conv1x1 and linear");

public class GroupNormDeviceBenchmark() : DeviceOpBenchmark("groupnorm");

public class AttentionDeviceBenchmark() : DeviceOpBenchmark("window attention", "full attention");

public class NearestCodeDeviceBenchmark() : DeviceOpBenchmark("nearest code");

public class BicubicDeviceBenchmark() : DeviceOpBenchmark("resampling");

public class ResidualShiftDeviceBenchmark() : DeviceOpBenchmark("residual shift");

public class TileBlendDeviceBenchmark() : DeviceOpBenchmark("tile blend");

public class PhiloxNoiseDeviceBenchmark() : DeviceOpBenchmark("noise");

/// <summary>In this process, with columns for the device and the throughput.</summary>
public sealed class DeviceOpConfig : ManualConfig
{
    /// <summary>Runs from one wait to the next, and BenchmarkDotNet's unroll factor: it looks at its clock between multiples of it only.</summary>
    internal static readonly int RunsInFlight = DeviceUnderTest.IsCuda ? 16 : 1;

    public DeviceOpConfig()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance).WithUnrollFactor(RunsInFlight));
        AddColumn(StatisticColumn.Min, StatisticColumn.Median, new ThroughputColumn(Work));
        AddColumn(new TagColumn("Device", _ => DeviceUnderTest.Name ?? "none"));
        WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40));
    }

    private static Throughput Work(BenchmarkCase benchmark)
    {
        var op = DeviceOpBenchmark.CaseOf((string)benchmark.Parameters["Op"]);
        var precision = Enum.Parse<Precision>((string)benchmark.Parameters["Precision"]);
        return new Throughput(op.Flops / 1e9, op.Bytes(OpTimer.WeightBytes(op, precision)) / 1e9);
    }
}
