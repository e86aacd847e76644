using System.Diagnostics;
using System.Globalization;
using System.Text;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Fuzz;

/// <summary>
/// Feeds mutants of valid files to a loader: no exception but <see cref="SrkException"/>, none slower than a second, none that allocates more
/// than the size it declares allows. 2,000 mutants; 100,000 with the environment variable <c>SRKERNELS_LONG=1</c>.
/// </summary>
internal static class MutationFuzz
{
    private const double LimitSeconds = 1;

    public static int MutantCount { get; } =
        string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal) ? 100_000 : 2_000;

    /// <summary>Runs all mutants and gives the shares that reached each stage; a finding fails the test and prints the mutant.</summary>
    public static FuzzReport Run(FuzzTarget target)
    {
        var report = new FuzzReport(target.Name, MutantCount);
        // Also the warm-up: what the first call allocates for good (tables, static state) is not the mutant's.
        foreach (byte[] seed in target.Seeds)
            target.Load(seed);

        for (int number = 0; number < MutantCount; number++)
        {
            byte[] mutant = MakeMutant(target, number);
            var (stage, seconds, allocated) = Load(target, mutant, number);
            // A busy machine stops a thread for a second now and then; a hang is slow every time.
            for (int repeat = 0; repeat < 2 && seconds > LimitSeconds; repeat++)
                seconds = Math.Min(seconds, Load(target, mutant, number).Seconds);
            if (seconds > LimitSeconds)
                Assert.Fail($"{Describe(target, mutant, number)} took {seconds:F2} s at stage '{stage}'");
            long allowed = target.AllowedBytes(mutant);
            if (allocated > allowed)
                Assert.Fail($"{Describe(target, mutant, number)} allocated {allocated:N0} bytes, allowed {allowed:N0}, " +
                            $"at stage '{stage}'");
            report.Add(stage, seconds, allocated);
        }

        return report;
    }

    /// <summary>Mutant <paramref name="number"/> of the run, as a failure names it.</summary>
    public static byte[] MakeMutant(FuzzTarget target, int number)
    {
        var random = FuzzRandom.ForMutant(target.Seed, number);
        byte[] seed = random.Pick(target.Seeds);
        return target.Mutate is null || random.OneIn(8)
            ? ByteMutations.Mutate(random, seed, target.Seeds)
            : target.Mutate(random, seed);
    }

    private static (string Stage, double Seconds, long Allocated) Load(FuzzTarget target, byte[] mutant, int number)
    {
        string stage = "accepted";
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            target.Load(mutant);
        }
        catch (SrkException e)
        {
            stage = target.StageOf(e);
        }
        catch (Exception e)
        {
            Assert.Fail($"{Describe(target, mutant, number)} threw {e}");
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (stage, seconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Describe(FuzzTarget target, byte[] mutant, int number)
    {
        const int ShownBytes = 4096;
        string hex = Convert.ToHexString(mutant.AsSpan(0, Math.Min(mutant.Length, ShownBytes)));
        return $"{target.Name}: mutant {number} of seed {target.Seed} ({mutant.Length} bytes: {hex}" +
               $"{(mutant.Length > ShownBytes ? "..." : "")})";
    }
}

/// <summary>How far the mutants of a run came.</summary>
internal sealed class FuzzReport(string name, int mutants)
{
    private readonly Dictionary<string, int> stages = new(StringComparer.Ordinal);
    private double slowestSeconds;
    private long mostAllocated;

    /// <summary>The share of mutants that ended at this stage, 0 to 1.</summary>
    public double Share(string stage) => stages.GetValueOrDefault(stage) / (double)mutants;

    public void Add(string stage, double seconds, long allocated)
    {
        stages[stage] = stages.GetValueOrDefault(stage) + 1;
        slowestSeconds = Math.Max(slowestSeconds, seconds);
        mostAllocated = Math.Max(mostAllocated, allocated);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{name}: {mutants:N0} mutants, slowest {slowestSeconds * 1000:F1} ms, most allocated {mostAllocated:N0} bytes");
        foreach (var (stage, count) in stages.OrderByDescending(s => s.Value))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {100.0 * count / mutants,6:F2} %  {stage}");
        return text.ToString();
    }
}
