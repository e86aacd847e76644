using SRKernels.Compiler.Frontend;
using SRKernels.Tests.Ilgpu;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Kernels.Spellings;

/// <summary>The shipped kernels hold no spelling that ILGPU's compiler translates wrongly, in any variant.</summary>
public sealed class IlgpuSpellingTests
{
    /// <summary>Numbers that are never negative for a reason that no kernel's text says: part of the source line, and the reason.</summary>
    private static readonly (string File, string Source, string Reason)[] s_neverNegative =
    [
        ("PhiloxNoise.Gpu.cs", "(turn / PhiloxNoise.ValuesPerCall)", "places of a field count from 0; the place of a tile is read from memory"),
        ("TensorConvolutionKernels.cs", "? all - 2 : all - 1) / 2", "Conv2d refuses maps smaller than its kernel"),
        ("TensorConvolutionKernels.cs", "(outWidth + columns - 1) / columns", "the same"),
        ("SelfAttention.TensorKernels.cs", "(again % 32 / 4)", "work counts up to its end"),
        ("SelfAttention.Tf32Kernels.cs", "(again % 32 / 4)", "work counts up to its end"),
        ("SelfAttention.Tf32Kernels.cs", "((fill - ring) / 2)", "a stage lies inside its ring"),
    ];

    [Fact]
    public void NoKernelHasOne()
    {
        var frontend = new KernelFrontend();
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var request in IlgpuTexts.Requests)
        {
            foreach (var found in IlgpuSpellings.In(frontend.Translate(request)))
            {
                var source = SourceLine(found);
                var known = Array.Find(s_neverNegative, k => k.File == found.File && source.Contains(k.Source, StringComparison.Ordinal));
                if (known.Source is null || !found.What.StartsWith("divides", StringComparison.Ordinal)) wrong.Add($"{found}");
                else used.Add(known.File + known.Source);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal([], s_neverNegative.Where(k => !used.Contains(k.File + k.Source)).Select(k => $"{k.File}: '{k.Source}' is not needed any more"));
    }

    [Theory]
    [InlineData(nameof(MistranslatedSpellings.DividesSigned), "divides by 4")]
    [InlineData(nameof(MistranslatedSpellings.DividesUnsigned), "divides by 4")]
    [InlineData(nameof(MistranslatedSpellings.DividesInALoop), "divides by 8")]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAnInteger), "choice between the integers 0 and 1")]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAnIntegerForADouble), "choice between the integers 0 and 1")]
    public void TheRuleFindsIt(string kernel, string what) => Assert.Contains(In(kernel), f => f.What.Contains(what, StringComparison.Ordinal));

    [Theory]
    [InlineData(nameof(MistranslatedSpellings.DividesWhatIsNeverNegative))]
    [InlineData(nameof(MistranslatedSpellings.Shifts))]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAFloat))]
    public void TheRuleLetsTheRightOnePass(string kernel) => Assert.Equal([], In(kernel));

    private static IReadOnlyList<WrongSpelling> In(string kernel) => IlgpuSpellings.In(
        new KernelFrontend().Translate(new KernelRequest(IlgpuTexts.FileOf(typeof(MistranslatedSpellings).Assembly), typeof(MistranslatedSpellings).FullName!, kernel)));

    private static string SourceLine(WrongSpelling found)
    {
        var file = Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "src", "SRKernels.Kernels"), found.File, SearchOption.AllDirectories).First();
        return File.ReadLines(file).ElementAt(found.Line - 1);
    }
}
