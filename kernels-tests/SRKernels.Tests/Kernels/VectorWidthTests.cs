using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>
/// The ops in processes that may use 512-, 256-, 128-bit vectors or none: each width must pass the op tests, and every width must give the
/// same bytes.
/// </summary>
public class VectorWidthTests : OpTest
{
    internal const string ExpectedWidth = "SRKERNELS_TEST_VECTOR_BITS";
    private const string BytesFile = "SRKERNELS_TEST_BYTES_FILE";

    /// <summary>The op tests, without what looks at kernels alone: their text and ILGPU's threads know nothing of this process's vectors.</summary>
    private static readonly string Filter = "FullyQualifiedName~SRKernels.Tests.Kernels" + string.Concat(
        new[] { "AllocationTests", "ShippedKernelTests", "IlgpuCpuOpTests", "IlgpuSpellingTests", "KernelLanguageTests" }.Select(name => $"&FullyQualifiedName!~{name}"));

    private static int WidestBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>The widths below this machine's widest, with the runtime's switch that leaves only them.</summary>
    public static TheoryData<int, string> NarrowerWidths()
    {
        var data = new TheoryData<int, string>();
        if (Environment.GetEnvironmentVariable(ExpectedWidth) is not null) return new TheoryData<int, string> { { WidestBits, "" } };
        if (WidestBits > 256) data.Add(256, "DOTNET_EnableAVX512");
        if (WidestBits > 128 && RuntimeInformation.ProcessArchitecture == Architecture.X64) data.Add(128, "DOTNET_EnableAVX2");
        data.Add(0, "DOTNET_EnableHWIntrinsic");
        return data;
    }

    [Theory]
    [MemberData(nameof(NarrowerWidths))]
    public async Task OpTestsPassAndBytesAreTheSame(int bits, string knob)
    {
        if (knob.Length == 0) return;
        var file = Path.Combine(Path.GetTempPath(), $"srkernels-width-{Environment.ProcessId}-{bits}.bytes");
        try
        {
            var child = await TestProgram.Run(Filter, (knob, "0"), (ExpectedWidth, $"{bits}"), (BytesFile, file));
            Assert.True(child.ExitCode == 0, $"op tests with {knob}=0 failed: {child}");
            var theirs = await File.ReadAllBytesAsync(file);
            TensorAssert.SameBytes($"all ops, {bits} bits against {WidestBits}", Outputs(), MemoryMarshal.Cast<byte, float>(theirs));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>In a child: the runtime obeyed the switch, and the outputs go to the parent.</summary>
    [Fact]
    public void ThisProcessHasTheWidthThatWasAskedFor()
    {
        if (Environment.GetEnvironmentVariable(ExpectedWidth) is not { } asked) return;
        Assert.Equal(asked, $"{WidestBits}");
        if (Environment.GetEnvironmentVariable(BytesFile) is { } file) File.WriteAllBytes(file, MemoryMarshal.AsBytes(Outputs()).ToArray());
    }

    /// <summary>What the ops make whose sums or polynomials could depend on the width.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Span<float> Outputs()
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, 2);
        using var x = Random(cx, new Shape(2, 16, 24, 99), 1, 3);
        using var z = Random(cx, new Shape(1, 11, 13, 3), 2);
        using var book = CodeBook.Pack(Random(300, 3), 100, 3);
        var bias = RelativePositionBias.FromTable(Random(225, 4), 8, 1);
        var gaps = new float[143];
        Tensor[] outputs =
        [
            Silu.Apply(cx, x), Gelu.Apply(cx, x), GroupNorm.Apply(cx, x, Random(99, 5), Random(99, 6), 9, 1e-5f, Activation.Silu),
            WindowAttention.Apply(cx, x, bias, 1, 8, 4), SelfAttention.Apply(cx, x, x, x), NearestCode.Apply(cx, z, book, new int[143], gaps),
            BicubicResize.Apply(cx, z, 4),
        ];
        return outputs.SelectMany(y => y.Span.ToArray()).Concat(gaps).ToArray();
    }
}
