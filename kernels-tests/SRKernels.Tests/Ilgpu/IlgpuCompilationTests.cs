using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Ilgpu;
using SRKernels.Runtime.Loading;
using SRKernels.Tests.Kernels.Gpu;
using Xunit;

namespace SRKernels.Tests.Ilgpu;

/// <summary>ILGPU's own compiler takes every kernel that the library ships, and NVIDIA's assembler what it makes of them.</summary>
public sealed partial class IlgpuCompilationTests(ITestOutputHelper output)
{
    [Fact]
    public void ItTakesEveryKernel()
    {
        Assert.True(IlgpuTexts.Requests.Count > 100, $"only {IlgpuTexts.Requests.Count} kernels found");
        Assert.True(IlgpuTexts.Refusals.Count == 0, string.Join('\n', IlgpuTexts.Refusals));
        Assert.Equal(IlgpuTexts.Requests.Count, IlgpuTexts.Images.Count);
    }

    /// <summary>What it refuses, each as the smallest kernel: the kernels above would fail by the same words.</summary>
    [Theory]
    [InlineData(nameof(RefusedSpellings.ClampsByTheRuntimesMethod), "Throw")]
    [InlineData(nameof(RefusedSpellings.SizesAnArrayBehindABranch), "statically known")]
    public void ASpellingThatItRefusesSaysSo(string kernel, string noun)
    {
        using var compiler = new IlgpuPtxCompiler();
        var key = new KernelKey(typeof(RefusedSpellings).FullName!, kernel) { Specialized = [3] };
        var error = Assert.Throws<IlgpuCompilationException>(() => compiler.Compile(typeof(RefusedSpellings).Assembly, key));
        Assert.Contains(noun, error.Message, StringComparison.Ordinal);

        // The context that a refusal leaves behind is not used again.
        Assert.NotEmpty(compiler.Compile(IlgpuTexts.Kernels, KernelMaker.KeyOf(IlgpuTexts.Requests[0])).Text);
    }

    [PtxasFact]
    public void TheAssemblerTakesAllOfIt()
    {
        var wrong = new ConcurrentBag<string>();
        var (withStack, withSpills) = (0, 0);
        Parallel.ForEach(IlgpuTexts.Images, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, image =>
        {
            var assembled = Ptxas.Found!.Assemble(image.Text, IlgpuTexts.Target);
            if (!assembled.Success) wrong.Add($"{image.Name}: {assembled.Log}");
            if (assembled.Kernels.Any(k => k.StackBytes > 0)) Interlocked.Increment(ref withStack);
            if (assembled.Kernels.Any(k => k.SpillStoreBytes > 0)) Interlocked.Increment(ref withSpills);
        });
        output.WriteLine($"{IlgpuTexts.Images.Count} kernels: {withStack} with a stack, {withSpills} with spills");
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    /// <summary>
    /// A kernel that reads or writes 16 bytes of shared memory at once has it aligned: ILGPU aligns an array to its element, and to more only where the kernel says so (AsAligned). Here
    /// each array of such a kernel either says 16 or keeps the next one at a multiple of 16 by its size, whatever their order.
    /// </summary>
    [Fact]
    public void SharedArraysOfWideAccessesAreAligned()
    {
        var wide = 0;
        List<string> wrong = [];
        foreach (var image in IlgpuTexts.Images)
        {
            if (!HasWideSharedAccess(image.Text)) continue;
            wide++;
            var arrays = SharedArray().Matches(image.Text);
            var aligned = arrays.Count(a => Number(a, "align") >= 16);
            if (aligned == 0) wrong.Add($"{image.Name}: accesses 16 bytes of shared memory, and no array says .align 16");
            foreach (Match array in arrays)
            {
                var isDynamic = !array.Groups["bytes"].Success;
                if (isDynamic && Number(array, "align") < 16) wrong.Add($"{image.Name}: {array.Value}");
                if (!isDynamic && Number(array, "align") < 16 && Number(array, "bytes") % 16 != 0) wrong.Add($"{image.Name}: {array.Value} moves what follows it");
            }
        }

        Assert.True(wide > 50, $"only {wide} kernels with wide accesses to shared memory");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static bool HasWideSharedAccess(string text) => WideAccess().IsMatch(text);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.shared\s+\.align\s+(?<align>\d+)\s+\.b8\s+\w+\[(?<bytes>\d+)?\]")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"(ld|st)\.shared\.v4|ldmatrix|cp\.async\.\w+\.shared\.global \[[^;]*, 16;")]
    private static partial Regex WideAccess();
}
