using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Intrinsics;
using Xunit;
using KernelInfo = SRKernels.Compiler.IR.KernelInfo;

namespace SRKernels.Compiler.Tests.Frontend;

/// <summary>Inline PTX: operands stay values, whatever C# does to pass them.</summary>
public class AssemblyTests
{
    internal static void Emits(ArrayView<int> r, float x)
    {
        CudaAsm.Emit("membar.gl;");
        CudaAsm.Emit("add.s32 %0, %1, %2;", out int sum, r[0], 7);
        r[1] = sum;
        CudaAsm.Emit("cvt.rni.s32.f32 %0, %1;", out int rounded, x);
        r[2] = rounded;
    }

    internal static void EmitsByReference(ArrayView<int> r)
    {
        Input<int> a = r[0];
        Output<int> b = default;
        Ref<int> c = r[1];
        for (int i = 0; i < 3; i++) CudaAsm.EmitRef("add.s32 %1, %0, %2; add.s32 %2, %2, 1;", ref a, ref b, ref c);
        r[2] = b.Value + c.Value;
    }

    [Kernel(Name = "Renamed", Sm = 86, MaxThreads = 96, MinGroups = 3)]
    internal static void Declared(ArrayView<int> r) => r[0] = 1;

    [Kernel(Name = "Stepped")]
    [Specialize(Values = [2])]
    [Specialize(Values = [5])]
    internal static void DeclaredWithVariants(ArrayView<int> r, SpecializedValue<int> steps) => r[0] = steps;

    [Kernel]
    [Specialize(typeof(float), typeof(SRKernels.Conformance.Kernels.Tile4x8), Values = [4, 0.5f])]
    [Specialize(typeof(int), typeof(SRKernels.Conformance.Kernels.Tile8x8Transposed), Values = [8, 1.5f])]
    internal static void Varied<T, TConfig>(ArrayView<T> r, SpecializedValue<int> steps, SpecializedValue<float> factor)
        where T : unmanaged, System.Numerics.INumber<T>
        where TConfig : struct, SRKernels.Conformance.Kernels.ITileConfig
    {
        ArrayView<T> tile = SharedMemory.Allocate<T>(TConfig.Rows * steps);
        for (int i = 0; i < steps; i++) tile[i] = T.CreateTruncating(i * factor.Value);
        r[0] = tile[steps - 1];
    }

    [Fact]
    public void EmitBecomesAnAsmWithSlots()
    {
        string text = Text(nameof(Emits));
        Assert.Contains("asm \"membar.gl;\" {}", text, StringComparison.Ordinal);
        Assert.Contains("asm \"add.s32 %0, %1, %2;\" {>0:i32 0>:i32 1>:i32} %", text, StringComparison.Ordinal);
        Assert.Contains(", 7:i32", text, StringComparison.Ordinal);
        Assert.Contains("asm \"cvt.rni.s32.f32 %0, %1;\" {>0:i32 0>:f32} %x", text, StringComparison.Ordinal);
    }

    [Fact]
    public void EmitRefKeepsARefInOneRegister()
    {
        string text = Text(nameof(EmitsByReference));
        Assert.Contains("{0>:i32 >0:i32 1>1:i32}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("local", text, StringComparison.Ordinal);
    }

    [Fact]
    public void KernelAttributeReachesTheInfo()
    {
        KernelInfo info = Translate(nameof(Declared)).Info;
        Assert.Equal(new KernelInfo("Renamed") { LowestTarget = 86, MaxThreads = 96, MinGroups = 3 }, info);
    }

    [Fact]
    public void VariantsOfADeclaredNameHaveEntryPointsOfTheirOwn()
    {
        string path = typeof(AssemblyTests).Assembly.Location;
        var frontend = new KernelFrontend();
        string[] names =
            [.. frontend.List(path).Where(k => k.MethodName == nameof(DeclaredWithVariants)).Select(k => frontend.Translate(k).Info.Name)];
        Assert.Equal(["Stepped_2", "Stepped_5"], names);
    }

    [Fact]
    public void ListNamesEveryDeclaredKernelAndVariant()
    {
        string path = typeof(AssemblyTests).Assembly.Location;
        KernelRequest[] listed =
            [.. new KernelFrontend().List(path).Where(k => k.TypeName == typeof(AssemblyTests).FullName)];
        Assert.Equal(
            [nameof(Declared), nameof(DeclaredWithVariants), nameof(DeclaredWithVariants), nameof(Varied), nameof(Varied)], listed.Select(k => k.MethodName));
        Assert.Equal(["System.Single", typeof(SRKernels.Conformance.Kernels.Tile4x8).FullName!],
            listed[3].TypeArguments);
        Assert.Equal([4, BitConverter.SingleToInt32Bits(0.5f)], listed[3].Specialized);
        Assert.Equal([8, BitConverter.SingleToInt32Bits(1.5f)], listed[4].Specialized);
        foreach (KernelRequest request in listed) Verifier.Verify(KernelCompiler.Compile(request), "pipeline");
    }

    private static string Text(string method)
    {
        Function function = Translate(method);
        Verifier.Verify(function, "frontend");
        string text = IrPrinter.Print(function);
        Assert.Equal(text, IrPrinter.Print(IrParser.Parse(text)));
        return text;
    }

    private static Function Translate(string method) =>
        new KernelFrontend().Translate(
            new KernelRequest(typeof(AssemblyTests).Assembly.Location, typeof(AssemblyTests).FullName!, method));
}
