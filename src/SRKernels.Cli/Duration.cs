namespace SRKernels.Cli;

/// <summary>Times for people.</summary>
internal static class Duration
{
    public static string Text(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => $"{time.TotalSeconds:f1} s",
        < 120 => $"{time.TotalSeconds:f0} s",
        < 7200 => $"{time.TotalMinutes:f0} min",
        _ => $"{time.TotalHours:f1} h",
    };
}
