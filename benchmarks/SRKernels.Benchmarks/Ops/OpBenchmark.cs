using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Benchmarks.Ops;

/// <summary>Times one op at the shapes of <c>Cases</c>, after comparing it with its reference.</summary>
[Config(typeof(OpConfig))]
public abstract class OpBenchmark
{
    private KernelContext? _cx;
    private Func<Tensor>? _run;

    [ParamsSource("Cases")]
    public OpCase? Case { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Console.WriteLine($"// {Case} against Reference: NMSE {Case!.Verify():e1}");
        _cx = new KernelContext(ExecutionKind.Cpu, OpCases.Threads);
        _run = Case.Prepare(_cx);
    }

    [Benchmark]
    public void Apply() => _run!().Dispose();

    [GlobalCleanup]
    public void Cleanup() => _cx?.Dispose();
}

public class GroupNormBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.GroupNorms;
}

public class ActivationBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.Activations;
}

public class WindowAttentionBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.WindowAttentions;
}

public class SelfAttentionBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.SelfAttentions;
}

public class NearestCodeBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.NearestCodes;
}

public class ResamplingBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.Resamplings;
}

public class ArithmeticBenchmark : OpBenchmark
{
    public static OpCase[] Cases => OpCases.Arithmetics;
}

/// <summary>In this process (BenchmarkDotNet's own project would inherit our build settings), with a column for the throughput.</summary>
public sealed class OpConfig : ManualConfig
{
    public OpConfig()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance));
        AddColumn(StatisticColumn.Min, StatisticColumn.Median, new ThroughputColumn(work => Work((OpCase)work.Parameters["Case"])));
        WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40));
    }
    private static Throughput Work(OpCase op) => new(op.Gflop, op.Gbytes);
}
