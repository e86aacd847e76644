using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SRKernels.Runtime;

namespace SRKernels.Compilation.Analysis;

/// <summary>What the real assembler says of one kernel on one target.</summary>
/// <param name="Kernel">Entry name.</param>
/// <param name="Registers">Registers per thread.</param>
/// <param name="SpillStoreBytes">Bytes of registers stored to local memory for want of registers.</param>
/// <param name="SpillLoadBytes">Bytes loaded back.</param>
/// <param name="StackBytes">Stack frame (local memory) in bytes per thread.</param>
/// <param name="SharedBytes">Static shared memory in bytes.</param>
/// <param name="ConstantBytes">Bytes of constant bank 0, where the parameters lie (0 for sm_90, which does not tell).</param>
internal sealed record KernelResources(string Kernel, int Registers, int SpillStoreBytes, int SpillLoadBytes, int StackBytes,
    int SharedBytes, int ConstantBytes);

/// <summary>The outcome of one run of ptxas.</summary>
/// <param name="Success">Whether it made machine code.</param>
/// <param name="Log">All that it printed.</param>
/// <param name="Warnings">Its warnings, one line each.</param>
/// <param name="Kernels">Resources by kernel, in its order.</param>
/// <param name="Cubin">The machine code, empty without success.</param>
internal sealed record PtxasResult(bool Success, string Log, IReadOnlyList<string> Warnings, IReadOnlyList<KernelResources> Kernels,
    byte[] Cubin)
{
    /// <summary>The resources of one kernel.</summary>
    public KernelResources this[string kernel] => Kernels.First(k => k.Kernel == kernel);
}

/// <summary>
/// NVIDIA's own assembler and disassembler, run as programs on this machine without a GPU. Found in the folder that
/// SRKERNELS_CUDA_BIN names, in the cache that tools/get_ptxas.sh fills, or on PATH. Tests and <c>srk kernels</c> ask it;
/// nothing that runs a kernel needs it.
/// </summary>
internal sealed partial class Ptxas
{
    private readonly string _ptxas;
    private readonly string? _nvdisasm;

    private Ptxas(string ptxas, string? nvdisasm) => (_ptxas, _nvdisasm) = (ptxas, nvdisasm);

    /// <summary>The one on this machine, or null; <see cref="MissingReason"/> then says what to do.</summary>
    public static Ptxas? Found { get; } = Find();

    /// <summary>Why there is no assembler (tests that need it are skipped with this), or null when it is there.</summary>
    public static string? MissingReason =>
        Found is null ? "ptxas not found: run tools/get_ptxas.sh, or set SRKERNELS_CUDA_BIN to its folder" : null;

    /// <summary>The targets that the assembler of tools/get_ptxas.sh knows, of those that we emit for.</summary>
    public static IReadOnlyList<int> Targets { get; } = [70, 75, 80, 86, 89, 90];

    /// <summary>Whether <see cref="Disassemble"/> works.</summary>
    public bool CanDisassemble => _nvdisasm is not null;

    /// <summary>Assembles PTX text for sm_<paramref name="sm"/>.</summary>
    public PtxasResult Assemble(string ptx, int sm, params ReadOnlySpan<string> options)
    {
        var folder = Directory.CreateTempSubdirectory("srk-ptxas-");
        try
        {
            var (source, cubin) = (Path.Combine(folder.FullName, "k.ptx"), Path.Combine(folder.FullName, "k.cubin"));
            File.WriteAllText(source, ptx);
            var (code, output) = Start(_ptxas, ["-v", $"-arch=sm_{sm}", .. options, "-o", cubin, source]);
            var log = output.Replace(source, "k.ptx", StringComparison.Ordinal);
            string[] warnings = [.. log.Split('\n').Where(l => WarningLine().IsMatch(l)).Select(l => l.Trim())];
            return new PtxasResult(code == 0, log, warnings, Parse(log), code == 0 ? File.ReadAllBytes(cubin) : []);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The machine code (SASS) of a cubin as text; with <paramref name="hex"/>, each instruction's bits too.</summary>
    public string Disassemble(byte[] cubin, bool hex = false)
    {
        if (_nvdisasm is null)
            throw new SrkException("nvdisasm", $"it beside {_ptxas}", "none", "run tools/get_ptxas.sh, or set SRKERNELS_CUDA_BIN to a folder with both");
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, cubin);
            var (code, output) = Start(_nvdisasm, hex ? ["-c", "-hex", file] : ["-c", file]);
            return code == 0 ? output : throw new SrkException("nvdisasm", "to read what ptxas made", output.Trim(), "take both tools from the same release");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The resources that the lines of "ptxas -v" tell.</summary>
    public static IReadOnlyList<KernelResources> Parse(string log)
    {
        var kernels = new List<KernelResources>();
        foreach (var line in log.Split('\n'))
        {
            if (EntryLine().Match(line) is { Success: true } entry)
                kernels.Add(new KernelResources(entry.Groups[1].Value, 0, 0, 0, 0, 0, 0));
            if (kernels.Count == 0) continue;
            if (StackLine().Match(line) is { Success: true } stack)
            {
                kernels[^1] = kernels[^1] with
                {
                    StackBytes = Number(stack, 1), SpillStoreBytes = Number(stack, 2), SpillLoadBytes = Number(stack, 3),
                };
            }

            if (!line.Contains("Used ", StringComparison.Ordinal)) continue;
            kernels[^1] = kernels[^1] with
            {
                Registers = Number(RegisterCount().Match(line), 1),
                SharedBytes = Number(SharedCount().Match(line), 1),
                ConstantBytes = Number(ConstantCount().Match(line), 1),
            };
        }

        return kernels;
    }

    private static int Number(Match match, int group) =>
        match.Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static (int Code, string Output) Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        // On a thread of its own: callers that keep the whole pool busy with assembling would wait for a free pool thread.
        var errors = "";
        var reader = new Thread(() => errors = process.StandardError.ReadToEnd());
        reader.Start();
        var output = process.StandardOutput.ReadToEnd();
        reader.Join();
        process.WaitForExit();
        return (process.ExitCode, output + errors);
    }

    private static Ptxas? Find()
    {
        var home = Environment.GetEnvironmentVariable("HOME") ?? "";
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".cache");
        string?[] folders =
        [
            Environment.GetEnvironmentVariable("SRKERNELS_CUDA_BIN"),
            Path.Combine(cache, "srkernels", "cuda", "bin"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        var folder = folders.FirstOrDefault(f => !string.IsNullOrEmpty(f) && File.Exists(Path.Combine(f, "ptxas" + suffix)));
        if (folder is null) return null;
        var nvdisasm = Path.Combine(folder, "nvdisasm" + suffix);
        return new Ptxas(Path.Combine(folder, "ptxas" + suffix), File.Exists(nvdisasm) ? nvdisasm : null);
    }

    [GeneratedRegex(@"\bwarning\b", RegexOptions.IgnoreCase)]
    private static partial Regex WarningLine();

    [GeneratedRegex(@"Compiling entry function '(\S+)'")]
    private static partial Regex EntryLine();

    [GeneratedRegex(@"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex StackLine();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegisterCount();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedCount();

    [GeneratedRegex(@"(\d+) bytes cmem\[0\]")]
    private static partial Regex ConstantCount();
}
