using System.Text;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Conformance;
using SRKernels.Conformance.Kernels;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>
/// kernels-tests/BACKENDS.md says what runs where; it is written by <see cref="TheTableIsTheCatalogue"/> when SRKERNELS_WRITE_BACKENDS=1 is set, and
/// compared with the catalogue otherwise.
/// </summary>
public sealed class BackendTableTests
{
    private static string FilePath { get; } = Path.Combine(Root(), "kernels-tests", "BACKENDS.md");

    [Fact]
    public void TheTableIsTheCatalogue()
    {
        var expected = Table();
        if (Environment.GetEnvironmentVariable("SRKERNELS_WRITE_BACKENDS") == "1") File.WriteAllText(FilePath, expected);
        var got = File.ReadAllText(FilePath).ReplaceLineEndings("\n");
        var line = expected.Split('\n').Zip(got.Split('\n')).FirstOrDefault(l => l.First != l.Second);
        Assert.True(expected == got, $"kernels-tests/BACKENDS.md differs from the catalogue: expected '{line.First}', got '{line.Second}'; run this test with SRKERNELS_WRITE_BACKENDS=1 and commit it");
    }

    /// <summary>A reason in the table must be true: the code generator refuses the kernel, and not only the list of the tests.</summary>
    [Fact]
    public void WhatIsLeftOutIsRefusedByTheCompiler()
    {
        var refusals = 0;
        foreach (var test in Catalog.All)
        {
            var function = ConformanceKernels.Optimized(DeviceBackend.Translate(test).Info.Name);
            foreach (var backend in ConformanceTests.Backends.Where(b => !b.StartsWith("ILGPU", StringComparison.Ordinal))) // IlgpuPtxTests asks ILGPU's
            {
                if (ConformanceTests.ReasonNotTo(test, backend) is not { } reason) continue;
                if (test.MethodName == nameof(Structs.GatherByMultiples)) continue; // a driver's fault: PoclGatherTests asks the driver
                refusals++;
                Action generate = backend == "OpenCL" ? () => KernelImageMaker.OpenCl(function)
                    : backend.StartsWith("PTX sm_", StringComparison.Ordinal) ? () => KernelImageMaker.Ptx(function, int.Parse(backend["PTX sm_".Length..]))
                    : () => { };
                var thrown = Record.Exception(generate);
                Assert.True(thrown is KernelCompilationException, $"{test.Name} is left out on {backend} ({reason}), but it compiles");
            }
        }

        Assert.True(refusals > 0, "the suite has kernels for tensor cores, which sm_70 lacks");
    }

    private static string Table()
    {
        string[] columns = [.. ConformanceTests.Backends];
        var reasons = new List<string>();
        var rows = new StringBuilder();
        var ran = new int[columns.Length];
        var ilgpuRan = 0;
        foreach (var test in Catalog.All)
        {
            rows.Append($"| {test.Name.Replace("_", "\\_", StringComparison.Ordinal)} |");
            Cell(test.NotTakenByIlgpu is { } notTaken ? $"run by the threads of ILGPU's CPU accelerator as C#: {notTaken}"
                : test.WrongInIlgpu is { } wrong ? $"held against a truth written by hand: {wrong}" : null, ref ilgpuRan);
            for (var i = 0; i < columns.Length; i++) Cell(ConformanceTests.ReasonNotTo(test, columns[i]), ref ran[i]);

            var lowest = DeviceBackend.Translate(test).Info.LowestTarget;
            rows.Append($" {string.Join(' ', Ptxas.Targets.Where(t => t >= lowest))} | {string.Join(' ', PtxGenerator.Targets.ToArray().Except(Ptxas.Targets).Where(t => t >= lowest))} |\n");
        }

        var text = new StringBuilder($$"""
            # What runs where

            Written by a test (`BackendTableTests`, with `SRKERNELS_WRITE_BACKENDS=1`) from the catalogue of the conformance suite, and compared with it on every run.
            {{Catalog.All.Count}} cases of {{ConformanceKernels.All.Count}} kernels. "ILGPU CPU" is ILGPU's own CPU accelerator, which all others must agree with; "IR" is what the frontend makes, "IR of debug
            code" the same from a debug build, both in the interpreter; "optimised IR" what the passes make of it; "PTX" its text in the emulator; "ILGPU PTX" the text of ILGPU's own compiler there (O1); "OpenCL" its text on an
            OpenCL device (PoCL). With `SRKERNELS_CUDA=1` the first CUDA device runs every case that its target can. "ptxas" lists the targets that NVIDIA's
            assembler takes its PTX for, without a warning; "emulator only" the newer ones, which that
            assembler does not know and whose text the emulator's parser takes. A number in brackets is the reason why a back end does not run a case, or not as the others do.


            """);
        text.Append($"| case | ILGPU CPU | {string.Join(" | ", columns)} | ptxas: sm\\_ | emulator only: sm\\_ |\n|---|---|{string.Concat(columns.Select(_ => "---|"))}---|---|\n").Append(rows);
        text.Append($"| **run** | {ilgpuRan} | {string.Join(" | ", ran)} | | |\n\nReasons:\n\n");
        for (var i = 0; i < reasons.Count; i++) text.Append($"{i + 1}. {reasons[i]}\n");
        return text.ToString().ReplaceLineEndings("\n");

        void Cell(string? reason, ref int count)
        {
            if (reason is null) count++;
            else if (!reasons.Contains(reason)) reasons.Add(reason);
            rows.Append(reason is null ? " yes |" : $" ({reasons.IndexOf(reason) + 1}) |");
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SRKernels.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"no SRKernels.sln above {AppContext.BaseDirectory}");
        return folder.FullName;
    }
}
