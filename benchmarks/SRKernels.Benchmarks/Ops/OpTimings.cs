using System.Diagnostics;
using SRKernels.Kernels;

namespace SRKernels.Benchmarks.Ops;

/// <summary>
/// The shortest of many runs of each op as JSON, in the form of benchmarks/peers/ops_torch.py: for ratios from short runs that alternate
/// with the rival's on a machine that is not idle. With SRKERNELS_CPU_TIME=1 (and SRKERNELS_THREADS=1) processor time counts instead of the
/// wall clock's: the mean of the runs, which other work on the machine hardly moves.
/// </summary>
internal static class OpTimings
{
    private const double SecondsEach = 0.5;

    public static int Run(string filter)
    {
        var cpuTime = Environment.GetEnvironmentVariable("SRKERNELS_CPU_TIME") == "1";
        Console.WriteLine("{");
        var cases = OpCases.All.Where(c => c.Name.Contains(filter, StringComparison.Ordinal)).ToArray();
        foreach (var op in cases)
        {
            op.Verify();
            using var cx = new KernelContext(ExecutionKind.Cpu, OpCases.Threads);
            var run = op.Prepare(cx);
            for (var warm = 0; warm < 3; warm++) run().Dispose();
            var best = double.PositiveInfinity;
            var all = Stopwatch.StartNew();
            var used = Environment.CpuUsage.TotalTime;
            var runs = 0;
            for (; runs < 5 || all.Elapsed.TotalSeconds < SecondsEach; runs++)
            {
                var start = Stopwatch.GetTimestamp();
                run().Dispose();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            if (cpuTime) best = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / runs;
            Console.WriteLine($"  \"{op.Name}\": {best:f4}{(op == cases[^1] ? "" : ",")}");
        }

        Console.WriteLine("}");
        return 0;
    }
}
