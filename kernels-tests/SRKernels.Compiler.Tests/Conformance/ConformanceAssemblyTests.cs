using System.Collections.Concurrent;
using SRKernels.Compilation;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Tests.Emulation;
using SRKernels.Emulation;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>
/// The text of every conformance kernel for every target: NVIDIA's assembler takes it without a word, and so does the emulator's parser.
/// Many kernels go into one module, because ptxas takes longer to start than for a kernel; alone they go only to name the wrong one.
/// </summary>
public sealed class ConformanceAssemblyTests
{
    private const int KernelsPerModule = 64;

    private static readonly ParallelOptions s_twoProcesses = new() { MaxDegreeOfParallelism = 2 };

    [PtxasTheory]
    [InlineData(70)]
    [InlineData(75)]
    [InlineData(80)]
    [InlineData(86)]
    [InlineData(89)]
    [InlineData(90)]
    public void EveryKernelIsTakenByBoth(int target)
    {
        var wrong = new ConcurrentBag<string>();
        Parallel.ForEach(KernelsFor(target).Chunk(KernelsPerModule), s_twoProcesses, kernels =>
        {
            var verdict = PtxAgreement.Check(PtxModules.Join([.. kernels.Select(k => k.Text)]), target);
            var missing = kernels.Select(k => k.Name).Except(verdict.Result.Kernels.Select(r => r.Kernel), StringComparer.Ordinal).ToArray();
            if (verdict.Clean && missing.Length == 0) return;
            foreach (var kernel in kernels)
            {
                if (PtxAgreement.Check(kernel.Text, target) is { Clean: false } alone) wrong.Add($"{kernel.Name}: {alone}");
            }

            if (wrong.IsEmpty) wrong.Add($"none alone, but together: {verdict}; not assembled: {string.Join(", ", missing)}");
        });
        Assert.True(wrong.IsEmpty, $"sm_{target}: {string.Join('\n', wrong)}");
    }

    /// <summary>The assembler at hand ends at sm_90: newer targets are emitted and emulated only.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(120)]
    public void NewerTargetsAreTakenByTheEmulator(int target)
    {
        foreach (var (name, text) in KernelsFor(target))
        {
            var module = PtxModule.Parse(text);
            Assert.Equal(target, module.Target);
            using var loaded = module.Load(new EmulatedMemory());
            Assert.True(loaded.Has(name), name);
        }
    }

    [Fact]
    public void ModulesOfDifferentTargetsAreNotJoined()
    {
        var function = ConformanceKernels.Optimized("Groups_MatrixProduct");
        string[] modules = [KernelImageMaker.Ptx(function, 70).Text, KernelImageMaker.Ptx(function, 80).Text];
        Assert.Throws<ArgumentException>(() => PtxModules.Join(modules));
    }

    private static (string Name, string Text)[] KernelsFor(int target) =>
    [
        .. from name in ConformanceKernels.All.Keys
           let function = ConformanceKernels.Optimized(name)
           where function.Info.LowestTarget <= target
           let image = KernelImageMaker.Ptx(function, target)
           select (image.Name, image.Text),
    ];
}
