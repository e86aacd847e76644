using System.Globalization;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>The comparison as a table in Markdown.</summary>
internal static class RivalsTable
{
    /// <summary>
    /// Medians in seconds; the ratio is ours to the faster rival's, the median over the rounds of what ran next to each other, so that a machine
    /// that others use favours nobody. The same of processor time, which others' work touches less.
    /// </summary>
    public static void Print(Dictionary<(string Name, Part Part), RunTime[]> times, List<ContenderProcess> contenders)
    {
        Console.WriteLine();
        var names = contenders.Select(c => $"{c.Name} {c.Version}");
        Console.WriteLine($"| part | {string.Join(" | ", names)} | fastest rival | ratio | ratio of processor time |");
        Console.WriteLine($"|---|{string.Concat(contenders.Select(_ => "---:|"))}---|---:|---:|");
        foreach (var part in Parts.All)
        {
            var rival = contenders.Skip(1).MinBy(c => Median(times[(c.Name, part)].Select(t => t.Seconds)))?.Name;
            var cells = contenders.Select(c => Text(Median(times[(c.Name, part)].Select(t => t.Seconds)), "f3") + " s");
            var (ratio, ofProcessor) = (Ratio(rival, part, t => t.Seconds), Ratio(rival, part, t => t.ProcessorSeconds));
            Console.WriteLine($"| {part.Name()} | {string.Join(" | ", cells)} | {rival ?? "none"} | {ratio} | {ofProcessor} |");
        }

        Console.WriteLine($"| peak memory | {string.Join(" | ", contenders.Select(c => $"{c.PeakBytes() >> 20} MiB"))} | | | |");

        string Ratio(string? rival, Part part, Func<RunTime, double> time) => rival is null
            ? "-"
            : Text(Median(times[(Contenders.Ours, part)].Zip(times[(rival, part)], (ours, theirs) => time(ours) / time(theirs))), "f2");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
