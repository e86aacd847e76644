using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using SRKernels.Runtime;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>Times of one run: the clock's, and all threads' of the process together.</summary>
internal readonly record struct RunTime(double Seconds, double ProcessorSeconds);

/// <summary>The parent's end of a contender: starts its process, sends commands, waits for answers.</summary>
internal sealed class ContenderProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ContenderProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Who it is.</summary>
    public string Name { get; }

    /// <summary>Which version, once it is ready.</summary>
    public string Version { get; private set; } = "";

    /// <summary>This program again, as a contender.</summary>
    public static ContenderProcess StartOwn(string name, RivalOptions options)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] self = isHost ? ["exec", typeof(ContenderProcess).Assembly.Location] : [];
        return Start(name, program, [.. self, "rival", name, .. options.Arguments()]);
    }

    /// <summary>A program that answers as <see cref="ContenderLoop"/> does.</summary>
    /// <exception cref="SrkException">It does not start, or ends before it is ready.</exception>
    public static ContenderProcess Start(string name, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Settings that make PyTorch's BLAS take another processor's code.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        ContenderProcess? contender = null;
        try
        {
            contender = new ContenderProcess(name, Process.Start(start)!);
            contender.Version = contender.Answer("ready");
            return contender;
        }
        catch (Win32Exception e)
        {
            throw new SrkException($"rivals: {name}", $"a program '{program}'", e.Message, "install it", e);
        }
        catch
        {
            contender?.Dispose();
            throw;
        }
    }

    /// <summary>Runs a part.</summary>
    public RunTime Run(Part part)
    {
        var times = Ask($"run {part.Name()}").Split(' ');
        return new RunTime(double.Parse(times[0], CultureInfo.InvariantCulture), double.Parse(times[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Has the last result written to a file.</summary>
    public void Write(string path) => Ask($"write {path}");

    /// <summary>The most memory that the process has had so far, its loading included.</summary>
    public long PeakBytes() => long.Parse(Ask("peak"), CultureInfo.InvariantCulture) << 10;

    public void Dispose()
    {
        // It ends when nothing more can come; one that hangs is ended.
        _process.StandardInput.Dispose();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10))) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private string Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        return Answer("ok");
    }

    private string Answer(string expected)
    {
        if (_process.StandardOutput.ReadLine() is { } line && line.StartsWith(expected, StringComparison.Ordinal)) return line[expected.Length..].Trim();
        _process.WaitForExit(TimeSpan.FromSeconds(10));
        var words = _process.HasExited ? _errors.Result.Trim().Split('\n')[^1] : "another answer";
        throw new SrkException($"rivals: {Name}", $"'{expected}'", words, "see what it needs, or leave it out with --rivals");
    }
}
