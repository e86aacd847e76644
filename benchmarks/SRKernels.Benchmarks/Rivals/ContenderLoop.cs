using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SRKernels.Runtime;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>
/// A contender's process: reads a command a line and answers each in a line. <c>run PART</c>: <c>ok SECONDS PROCESSOR_SECONDS</c>;
/// <c>write FILE</c>: the last result, NCHW; <c>peak</c>: <c>ok KIB</c>; <c>quit</c>. Says <c>ready VERSION</c> first.
/// </summary>
internal static class ContenderLoop
{
    /// <param name="args">The contender's name, then options.</param>
    public static int Run(string[] args)
    {
        var options = RivalOptions.Parse(args.AsSpan(1));
        var files = new RivalFiles(options);
        using IContender contender = args[0] == Contenders.OnnxRuntime ? new OnnxContender(options, files) : new OurContender(options, files);
        Console.WriteLine($"ready {contender.Version}");
        using var process = Process.GetCurrentProcess();
        while (Console.ReadLine()?.Split(' ', 2) is { } words)
        {
            switch (words)
            {
                case ["run", var name]: Console.WriteLine(Timed(contender, Parts.Parse(name), process)); break;
                case ["write", var path]:
                    File.WriteAllBytes(path, MemoryMarshal.AsBytes(contender.Result().AsSpan()));
                    Console.WriteLine("ok");
                    break;
                case ["peak"]: Console.WriteLine($"ok {MachineFeatures.PeakResidentBytes() >> 10}"); break;
                case ["quit"]: return 0;
                default: throw new SrkException("rivals: command", "run, write, peak or quit", $"'{words[0]}'", "report it");
            }
        }

        return 0;
    }

    private static string Timed(IContender contender, Part part, Process process)
    {
        process.Refresh();
        var processor = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        contender.Run(part);
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        return string.Create(CultureInfo.InvariantCulture, $"ok {seconds} {(process.TotalProcessorTime - processor).TotalSeconds}");
    }
}
