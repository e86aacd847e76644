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
        AddColumn(StatisticColumn.Min, StatisticColumn.Median, new ThroughputColumn());
        WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40));
    }

    private sealed class ThroughputColumn : IColumn
    {
        public string Id => "Throughput";

        public string ColumnName => "Throughput";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => false;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "GFLOP/s of the fastest run, or GB/s where the op is bound by memory";

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            if (summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
            var work = (OpCase)benchmarkCase.Parameters["Case"];
            var seconds = statistics.Min / 1e9;
            return work.Gflop > 0 ? $"{work.Gflop / seconds:f1} GFLOP/s" : $"{work.Gbytes / seconds:f1} GB/s";
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}
