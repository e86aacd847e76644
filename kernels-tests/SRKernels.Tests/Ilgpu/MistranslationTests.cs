using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Emulation;
using SRKernels.Ilgpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using SRKernels.Tests.Kernels.Gpu;
using Xunit;

namespace SRKernels.Tests.Ilgpu;

/// <summary>
/// What ILGPU 1.5.3 translates wrongly, as src/SRKernels.Compiler/README.md has it: each kernel's PTX and what it gives in the emulator, beside ours, which is right. A test that fails
/// here after a new version of the package is good news: its row goes from that page, and its rule from <see cref="Kernels.Spellings.IlgpuSpellings"/>.
/// </summary>
public sealed class MistranslationTests
{
    [Theory]
    [InlineData(nameof(MistranslatedSpellings.DividesSigned), -5, -1, -2, @"shr\.s32\s+%r\d+, %r\d+, 2;")]
    [InlineData(nameof(MistranslatedSpellings.DividesUnsigned), int.MinValue, 0x20000000, unchecked((int)0xE0000000), @"shr\.s32\s+%r\d+, %r\d+, 2;")]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAnInteger), 0, 0x3F800000, 1, "selp.b32\\s+%f\\d+, 0f00000001, 0f00000000")]
    public void AWrongTranslationIsStillThere(string kernel, int x, int right, int wrong, string text)
    {
        var theirs = Theirs(kernel);
        Assert.Matches(text, theirs.Text);
        Assert.Equal(right, Run(Ours(kernel), x));
        Assert.Equal(wrong, Run(theirs, x));
    }

    [Fact]
    public void AChoiceOfIntegersForADoubleIsTranslatedWronglyToo() =>
        Assert.Matches(@"selp\.b64\s+%fd\d+, 0d0000000000000001, 0d0000000000000000", Theirs(nameof(MistranslatedSpellings.ChoosesAnIntegerForADouble)).Text);

    /// <summary>The spellings that the kernels use instead.</summary>
    [Theory]
    [InlineData(nameof(MistranslatedSpellings.Shifts), -5)]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAFloat), 0)]
    [InlineData(nameof(MistranslatedSpellings.ChoosesAFloat), 1)]
    public void TheOtherSpellingIsTranslatedRightly(string kernel, int x) => Assert.Equal(Run(Ours(kernel), x), Run(Theirs(kernel), x));

    /// <summary>mul and add without .rn: the assembler may fuse them, and does. Ours fuses where the kernel allows it, by name, and nowhere else.</summary>
    [PtxasFact]
    public void ItLeavesItToTheAssemblerToFuse()
    {
        var text = Theirs(nameof(MistranslatedSpellings.MultipliesAndAdds)).Text;
        Assert.Matches(@"mul\.f32", text);
        Assert.Matches(@"add\.f32", text);
        var assembled = Ptxas.Found!.Assemble(text, IlgpuTexts.Target);
        Assert.True(assembled.Success, assembled.Log);
        Assert.Contains("FFMA", Ptxas.Found.Disassemble(assembled.Cubin), StringComparison.Ordinal);
    }

    /// <summary>O2 takes the result of every call for the same in all threads: a branch on it becomes bra.uni, which must not diverge.</summary>
    [Theory]
    [InlineData(OptimizationLevel.O1, false)]
    [InlineData(OptimizationLevel.O2, true)]
    public void TheHigherLevelTakesCallsForUniform(OptimizationLevel level, bool isWrong)
    {
        using var context = Context.Create(builder => builder.UseSRKernels().Optimize(level));
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_74, null!);
        var kernel = typeof(MistranslatedSpellings).GetMethod(nameof(MistranslatedSpellings.BranchesOnACall), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default);
        Assert.Equal(isWrong, Regex.IsMatch(compiled.PTXAssembly, @"@!?%p\d+ bra\.uni"));
    }

    /// <summary>On processors: conversions to Half cut off instead of rounding to even, and Half.One is the smallest number above 0 (its bits are 1).</summary>
    [Fact]
    public void HalvesAreWrongOnTheCpuToo()
    {
        const float BetweenTwoHalves = 1 + (1.75f / 1024);
        Assert.Equal(1 + (2f / 1024), (float)(System.Half)BetweenTwoHalves);
        Assert.Equal(1 + (1f / 1024), (float)(global::ILGPU.Half)BetweenTwoHalves);
        Assert.Equal((float)System.Half.Epsilon, (float)global::ILGPU.Half.One);
    }

    private static KernelImage Theirs(string kernel)
    {
        using var compiler = new IlgpuPtxCompiler();
        return compiler.Compile(typeof(MistranslatedSpellings).Assembly, new KernelKey(typeof(MistranslatedSpellings).FullName!, kernel), IlgpuTexts.Target);
    }

    private static KernelImage Ours(string kernel) => KernelImageMaker.Ptx(
        KernelCompiler.Compile(new KernelRequest(IlgpuTexts.FileOf(typeof(MistranslatedSpellings).Assembly), typeof(MistranslatedSpellings).FullName!, kernel)), IlgpuTexts.Target);

    /// <summary>One thread of the kernel in the emulator; the bits of what it writes.</summary>
    private static int Run(KernelImage image, int x)
    {
        using var device = new SRKernels.Runtime.Cuda.CudaDevice(new EmulatedCudaDriver(IlgpuTexts.Target), 0);
        using var from = device.Allocate(sizeof(int));
        using var to = device.Allocate(sizeof(int));
        using var kernel = device.Load(image);
        device.Upload(BitConverter.GetBytes(x), from);
        device.Launch(kernel, new LaunchShape(new SRKernels.Runtime.Extent(1), new SRKernels.Runtime.Extent(1)), new KernelArguments().View<int>(from).View<int>(to));
        var result = new byte[sizeof(int)];
        device.Download(to, result);
        return BitConverter.ToInt32(result);
    }
}
