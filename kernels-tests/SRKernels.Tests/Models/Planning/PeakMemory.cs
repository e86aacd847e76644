using System.Diagnostics;
using System.Globalization;

namespace SRKernels.Tests.Models.Planning;

/// <summary>Runs a program and sees the most memory that it ever had: VmHWM of Linux, which only grows, so that looking now and then is enough.</summary>
internal sealed record PeakMemory(int ExitCode, string Text, long Bytes)
{
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(2);

    /// <summary>Whether this system tells.</summary>
    public static bool IsTold => File.Exists("/proc/self/status");

    public static PeakMemory Of(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var (error, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        long peak = 0;
        for (var limit = Stopwatch.StartNew(); !process.WaitForExit(s_between);)
        {
            peak = Math.Max(peak, Now(process.Id));
            if (limit.Elapsed < TimeSpan.FromMinutes(20)) continue;
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} still runs");
        }

        return new PeakMemory(process.ExitCode, error.Result + output.Result, peak);
    }

    private static long Now(int process)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{process}/status"))
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(6, line.Length - 6 - 2), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            // It has just ended.
        }

        return 0;
    }
}
