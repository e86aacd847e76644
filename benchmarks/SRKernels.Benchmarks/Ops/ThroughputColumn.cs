using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SRKernels.Benchmarks.Ops;

/// <summary>The work of one run.</summary>
/// <param name="Gflop">Arithmetic in 1e9 operations, 0 where memory is the limit.</param>
/// <param name="Gbytes">Bytes read and written, in 1e9.</param>
internal readonly record struct Throughput(double Gflop, double Gbytes);

/// <summary>Work over the time of the fastest run.</summary>
/// <param name="workOf">The work of a benchmark with its parameters.</param>
internal sealed class ThroughputColumn(Func<BenchmarkCase, Throughput> workOf) : IColumn
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
        var work = workOf(benchmarkCase);
        var seconds = statistics.Min / 1e9;
        return work.Gflop > 0 ? $"{work.Gflop / seconds:f1} GFLOP/s" : $"{work.Gbytes / seconds:0.0#} GB/s";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
