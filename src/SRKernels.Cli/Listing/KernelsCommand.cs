using System.CommandLine;
using SRKernels.Cli.Predicting;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Frontend;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Cli.Listing;

/// <summary><c>srk kernels</c>: the kernels of an assembly with what they take, or one of them in a form that a compiler made of it.</summary>
internal sealed class KernelsCommand
{
    private readonly Argument<string?> _name = new("NAME") { Description = "One kernel; without it: all.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _assembly = new("--assembly") { Description = "The assembly to read them from; default: SRKernels.Kernels.dll beside srk.", HelpName = "FILE" };
    private readonly Option<bool> _ptx = new("--ptx") { Description = "Print the kernel as PTX." };
    private readonly Option<bool> _sass = new("--sass") { Description = "Print the machine code that NVIDIA's ptxas makes of it (tools/get_ptxas.sh)." };
    private readonly Option<bool> _openCl = new("--opencl") { Description = "Print the kernel as OpenCL C." };
    private readonly Option<bool> _ir = new("--ir") { Description = "Print the optimised IR that all others are made from." };
    private readonly Option<string?> _target = new("--target") { Description = "CUDA target; default: the kernel's lowest. With --report several, with commas; default: all.", HelpName = "sm_80" };
    private readonly Option<bool> _json = new("--json") { Description = "The list or report as JSON." };
    private readonly Option<bool> _report = new("--report") { Description = "Registers, spills, occupancy and innermost loops of the machine code, by target (tools/get_ptxas.sh)." };
    private readonly Option<string?> _compiler = new("--compiler") { Description = "With --ptx or --sass: whose text: ours (default) or ilgpu, which is ILGPU's own compiler.", HelpName = "NAME" };
    private readonly Option<bool> _compilers = new("--compilers") { Description = "Registers, stack, spills and innermost loops of what our compiler and ILGPU's make, side by side (tools/get_ptxas.sh)." };

    private readonly Option<string?> _run = new("--run") { Description = "With --report: predicts what launches would take on GPUs by their published figures: ops (NAME: a part of their names), or realsr, the whole model.", HelpName = "NAME" };
    private readonly Option<string?> _gpu = new("--gpu") { Description = "With --run: a100, rtx4090, h100, with commas; default: all.", HelpName = "NAME" };
    private readonly Option<string?> _precision = new("--precision") { Description = "With --run: what products are computed in: fp32, tf32, bf16, fp16; default: bf16.", HelpName = "NAME" };

    private const string Ours = "ours";
    private const string Ilgpu = "ilgpu";

    public KernelsCommand()
    {
        Command = new Command("kernels", "Lists the kernels of an assembly, or prints one as PTX, machine code, OpenCL C or IR.")
        {
            _name, _assembly, _ptx, _sass, _openCl, _ir, _target, _json, _report, _compiler, _compilers, _run, _gpu, _precision,
        };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        Option<bool>[] forms = [.. new[] { _ptx, _sass, _openCl, _ir }.Where(parsed.GetValue)];
        var name = parsed.GetValue(_name);
        Guard(parsed, forms, name);
        if (parsed.GetValue(_run) is { } run) return PredictionReport.Run(parsed, run, name, _gpu, _precision, parsed.GetValue(_json));
        if (parsed.GetValue(_report)) return Report(parsed, name);
        if (parsed.GetValue(_compilers)) return Compare(parsed, name);
        var target = Target(parsed.GetValue(_target));
        var frontend = new KernelFrontend();
        var (file, kernels) = ListedKernel.In(parsed.GetValue(_assembly), frontend);
        if (name is not null) kernels = [ListedKernel.Find(kernels, name, file)];
        if (forms.Length == 0) return List(file, KernelFacts.Of(kernels, target, frontend), parsed.GetValue(_json));
        var isIlgpu = parsed.GetValue(_compiler) == Ilgpu;
        var text = isIlgpu ? IlgpuText(forms[0], file, kernels[0], target ?? kernels[0].LowestTarget) : Form(forms[0], kernels[0], target ?? kernels[0].LowestTarget, frontend);
        Console.Out.WriteLine(Printable(text).TrimEnd('\n'));
        return ExitCode.Done;
    }

    private void Guard(ParseResult parsed, Option<bool>[] forms, string? name)
    {
        const string Help = "see 'srk kernels --help'";
        if (parsed.GetValue(_compiler) is { } compiler)
        {
            if (compiler is not (Ours or Ilgpu)) throw new UsageException("--compiler", $"{Ours} or {Ilgpu}", $"'{compiler}'", Help);
            if (forms.Length != 1 || (forms[0] != _ptx && forms[0] != _sass)) throw new UsageException("--compiler", "--ptx or --sass with it", forms.Length == 0 ? "neither" : forms[0].Name, Help);
        }

        if (parsed.GetValue(_compilers) && (forms.Length > 0 || parsed.GetValue(_report) || parsed.GetValue(_json)))
            throw new UsageException("--compilers", "a NAME and --target beside it", forms.Length > 0 ? forms[0].Name : parsed.GetValue(_report) ? "--report" : "--json", Help);
        if (forms.Length > 0 && parsed.GetValue(_report)) throw new UsageException("--report", "no form beside it", forms[0].Name, Help);
        if (parsed.GetValue(_run) is { } run && !parsed.GetValue(_report)) throw new UsageException("--run", "--report before it", $"'{run}' alone", Help);
        if (parsed.GetValue(_run) is null && (parsed.GetValue(_gpu) ?? parsed.GetValue(_precision)) is { } lone)
            throw new UsageException(parsed.GetValue(_gpu) is null ? "--precision" : "--gpu", "--report --run with it", $"'{lone}' alone", Help);
        if (forms.Length > 1) throw new UsageException("kernels", "one form", string.Join(" and ", forms.Select(f => f.Name)), Help);
        if (forms.Length == 0) return;
        if (name is null) throw new UsageException(forms[0].Name, "the NAME of a kernel before it", "none", Help);
        if (parsed.GetValue(_json)) throw new UsageException("--json", "the list", $"it with {forms[0].Name}", Help);
        if ((forms[0] == _openCl || forms[0] == _ir) && parsed.GetValue(_target) is not null)
            throw new UsageException("--target", "--ptx or --sass with it", forms[0].Name, Help);
    }

    private int Report(ParseResult parsed, string? name)
    {
        var targets = ReportTargets(parsed.GetValue(_target), Ptxas.Targets);
        var frontend = new KernelFrontend();
        var (file, kernels) = ListedKernel.In(parsed.GetValue(_assembly), frontend);
        if (name is not null) kernels = ListedKernel.FindAll(kernels, name, file);
        var rows = KernelReport.Of(kernels, targets, frontend);
        if (rows.Count == 0)
            throw new SrkException("--target", $"a target that runs one of the kernels (the lowest needs sm_{kernels.Min(k => k.LowestTarget)})", parsed.GetValue(_target)!, "take a higher one");
        if (parsed.GetValue(_json))
        {
            using var output = StandardStreams.Output();
            KernelReport.Json(file, rows, output);
            output.WriteByte((byte)'\n');
        }
        else
        {
            KernelReport.Print(rows, Console.Out);
        }

        return ExitCode.Done;
    }

    private int Compare(ParseResult parsed, string? name)
    {
        var targets = ReportTargets(parsed.GetValue(_target), CompilerComparison.Targets);
        var (file, kernels) = ListedKernel.In(parsed.GetValue(_assembly), new KernelFrontend());
        if (name is not null) kernels = ListedKernel.FindAll(kernels, name, file);
        var rows = CompilerComparison.Of(file, kernels, targets);
        if (rows.Count == 0)
            throw new SrkException("--target", $"a target that runs one of the kernels (the lowest needs sm_{kernels.Min(k => k.LowestTarget)})", string.Join(", ", targets.Select(t => $"sm_{t}")), "take a higher one");
        CompilerComparison.Print(rows, Console.Out);
        return ExitCode.Done;
    }

    private static IReadOnlyList<int> ReportTargets(string? text, IReadOnlyList<int> unnamed)
    {
        if (text is null) return unnamed;
        List<int> targets = [];
        foreach (var one in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var found = Ptxas.Targets.FirstOrDefault(t => one == $"sm_{t}");
            if (found == 0) throw new SrkException("--target", $"of {string.Join(", ", Ptxas.Targets.Select(t => $"sm_{t}"))}, with commas between", $"'{one}'", "name targets that ptxas knows");
            targets.Add(found);
        }

        return targets;
    }

    private static int? Target(string? text)
    {
        if (text is null) return null;
        List<string> names = [];
        foreach (var target in PtxGenerator.Targets)
        {
            if (text == $"sm_{target}") return target;
            names.Add($"sm_{target}");
        }

        throw new SrkException("--target", $"one of {string.Join(", ", names)}", $"'{text}'", "take the highest that the GPU's is not below");
    }

    private static int List(string file, IReadOnlyList<KernelFacts> facts, bool json)
    {
        if (json)
        {
            using var output = StandardStreams.Output();
            KernelTable.Json(file, facts, output);
            output.WriteByte((byte)'\n');
        }
        else
        {
            KernelTable.Print(facts, Console.Out);
        }

        KernelFacts[] wrong = [.. facts.Where(f => f.Error is not null)];
        if (wrong.Length == 0) return ExitCode.Done;
        foreach (var kernel in wrong[1..]) Terminal.Line($"{kernel.Kernel.Name}: {kernel.Error}");
        throw Broken(wrong[0].Kernel, wrong[0].Error!, null);
    }

    private string Form(Option<bool> form, ListedKernel kernel, int target, KernelFrontend frontend)
    {
        try
        {
            var function = KernelCompiler.Compile(kernel.Request, frontend, forOpenCl: form == _openCl);
            if (form == _ir) return KernelImageMaker.Ir(function).Text;
            if (form == _openCl) return KernelImageMaker.OpenCl(function).Text;
            if (target < function.Info.LowestTarget)
                throw new SrkException("--target", $"at least sm_{function.Info.LowestTarget} for {kernel.Name}", $"sm_{target}", "take a higher one, or a variant for lower ones");
            var ptx = KernelImageMaker.Ptx(function, target).Text;
            return form == _ptx ? ptx : MachineCode(kernel, ptx, target);
        }
        catch (Exception e) when (e is KernelCompilationException or BadImageFormatException)
        {
            throw Broken(kernel, e.Message, e);
        }
    }

    private string IlgpuText(Option<bool> form, string file, ListedKernel kernel, int target)
    {
        var ptx = IlgpuForm.Ptx(file, kernel, target);
        return form == _ptx ? ptx : MachineCode(kernel, ptx, target);
    }

    private static string MachineCode(ListedKernel kernel, string ptx, int target)
    {
        const string Remedy = "run tools/get_ptxas.sh, or set SRKERNELS_CUDA_BIN to the folder of a newer one";
        if (Ptxas.Found is not { } ptxas) throw new SrkException("--sass", "ptxas in SRKERNELS_CUDA_BIN, in the cache of tools/get_ptxas.sh or on PATH", "none", Remedy);
        var result = ptxas.Assemble(ptx, target);
        return result.Success
            ? ptxas.Disassemble(result.Cubin)
            : throw new SrkException($"ptxas for {kernel.Name}", $"machine code for sm_{target}", $"'{result.Log.Trim()}'", Remedy);
    }

    private static SrkException Broken(ListedKernel kernel, string message, Exception? inner) =>
        new(kernel.Name, "a kernel that compiles", $"'{message}'", "change it there, or take another variant or form", inner);

    /// <summary>Names in the text come from the assembly: none of them may move the cursor.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not '\n' and not '\t' ? '?' : c));
}
