using System.Text;

namespace SRKernels.Emulation.Native;

/// <summary>Where findings go that an error code cannot carry: errors to standard error, errors and warnings to the log file.</summary>
internal static class Report
{
    /// <summary>Set by cuInit from the environment.</summary>
    public static string? LogFile { get; set; }

    public static void Line(string text)
    {
        Tell(text);
        Log(text);
    }

    public static void Findings(IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
        {
            if (finding.Severity == FindingSeverity.Error) Line($"libcuda (emulated): {finding}");
            else Log($"libcuda (emulated): {finding}");
        }
    }

    private static void Log(string text)
    {
        if (LogFile is not { } file) return;
        try
        {
            File.AppendAllText(file, text + Environment.NewLine);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFile = null; // told once
            Tell($"libcuda (emulated): {Settings.LogVariable} expected a file that can be written, got '{file}' ({e.Message}); name another");
        }
    }

    // Not Console.Error: in a process that has a console of its own already, its set-up of signals and terminals would be a second one.
    private static void Tell(string text)
    {
        using var error = Console.OpenStandardError();
        error.Write(Encoding.UTF8.GetBytes(text + Environment.NewLine));
    }
}
