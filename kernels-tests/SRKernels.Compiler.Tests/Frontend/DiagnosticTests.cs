using System.Runtime.CompilerServices;
using ILGPU;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

public class DiagnosticTests
{
    [Theory]
    [InlineData("NewArray", "IL 'newarr'", "use SharedMemory.Allocate<float>(64)")]
    [InlineData("Throws", "", "is not allowed in kernels")]
    [InlineData("Boxes", "IL 'box'", "generic method with a struct constraint")]
    [InlineData("Virtuals", "", "is not allowed in kernels")]
    [InlineData("Lambdas", "lambda or delegate", "static abstract method")]
    [InlineData("StackAllocates", "IL 'localloc'", "use LocalMemory.Allocate")]
    [InlineData("Spans", "", "is not allowed in kernels")]
    [InlineData("Recursive", "recursion (RefusedKernels.Fibonacci", "use a loop")]
    [InlineData("Classes", "IL 'newobj' of Node", "use a struct")]
    [InlineData("MutableStatic", "IL 'ldsfld' of RefusedKernels.s_mutable", "pass the value as a parameter")]
    [InlineData("StoredStatic", "IL 'stsfld'", "pass the value as a parameter")]
    [InlineData("Strings", "IL 'ldstr'", "CudaAsm takes text")]
    [InlineData("UnknownCall", "System.Environment.get_ProcessorCount()", "has no meaning on the device")]
    [InlineData("CheckedArithmetic", "IL 'add.ovf'", "use unchecked arithmetic")]
    [InlineData("VariableExtent", "extent of SharedMemory.Allocate", "use a const or a SpecializedValue")]
    [InlineData("MixedSpaces", "shared memory and one to global memory|global memory and one to shared memory",
        "one variable for each")]
    [InlineData("LocalAtomic", "atomic operation on local memory", "write it plainly")]
    [InlineData("WideCopyFromLocal", "address of a local variable", "use LocalMemory.Allocate")]
    public void RefusedConstructNamesKernelLineAndRemedy(string kernel, string subject, string remedy)
    {
        var error = Assert.Throws<KernelCompilationException>(() => Translate(kernel));
        Assert.StartsWith($"Kernel RefusedKernels.{kernel}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(subject.Split('|'), s => error.Message.Contains(s, StringComparison.Ordinal));
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains($"RefusedKernels.cs:{LineOf(kernel)}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.Equal($"RefusedKernels.{kernel}", error.Kernel);
    }

    [Theory]
    [InlineData("Tries", "'try' in RefusedKernels.Tries", "write an error code to a buffer")]
    [InlineData("StringParameter", "parameter s of type string", "use numbers, ArrayView<T> or structs of them")]
    [InlineData("ArrayParameter", "parameter a of type int[]", "use numbers, ArrayView<T> or structs of them")]
    [InlineData("OverlappingFields", "parameter x of type Overlapping", "use numbers, ArrayView<T> or structs of them")]
    [InlineData("Fifteen", "expected at most 14 parameters, got 15", "pack some into a struct")]
    [InlineData("Returns", "expected a static void method", "write results to a view")]
    [InlineData("AssemblyFromVariable", "", "is not allowed in kernels")]
    [InlineData("Missing", "expected method Missing", "check the name")]
    public void RefusedSignatureNamesKernelAndRemedy(string kernel, string subject, string remedy)
    {
        var error = Assert.Throws<KernelCompilationException>(() => Translate(kernel));
        Assert.StartsWith($"Kernel RefusedKernels.{kernel}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(subject, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MessageReadsAsDocumented() =>
        Assert.Equal(
            $"Kernel RefusedKernels.NewArray: IL 'newarr' at RefusedKernels.cs:{LineOf("NewArray")} is not allowed in kernels; "
            + "use SharedMemory.Allocate<float>(64) or LocalMemory.Allocate.",
            Assert.Throws<KernelCompilationException>(() => Translate("NewArray")).Message);

    [Fact]
    public void AFailedCompilationLeavesNoTrace()
    {
        var frontend = new KernelFrontend();
        string before = IrPrinter.Print(frontend.Translate(Good()));
        Assert.Throws<KernelCompilationException>(() => frontend.Translate(Request("Recursive")));
        Assert.Throws<KernelCompilationException>(() => frontend.Translate(Request("MixedSpaces")));
        Assert.Equal(before, IrPrinter.Print(frontend.Translate(Good())));
    }

    [Fact]
    public void MissingTypeAndSpecialisationAreExplained()
    {
        var frontend = new KernelFrontend();
        Assert.Contains("expected type No.Such", Assert.Throws<KernelCompilationException>(() =>
            frontend.Translate(new KernelRequest(
                typeof(RefusedKernels).Assembly.Location, "No.Such", "Kernel"))).Message, StringComparison.Ordinal);
        Assert.Contains("expected 1 type arguments, got 0", Assert.Throws<KernelCompilationException>(() =>
            frontend.Translate(Kernel(typeof(SRKernels.Conformance.Kernels.Structs), "Polynomial"))).Message,
                StringComparison.Ordinal);
        Assert.Contains("expected a value for the specialised parameter steps",
            Assert.Throws<KernelCompilationException>(() =>
            frontend.Translate(Kernel(typeof(SRKernels.Conformance.Kernels.Structs), "Specialized"))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNoAssemblyIsExplained()
    {
        string text = Path.GetTempFileName();
        try
        {
            File.WriteAllText(text, "no assembly");
            Assert.Contains("expected a .NET assembly", Fails(text), StringComparison.Ordinal);
            File.WriteAllBytes(text, []);
            Assert.Contains("expected a .NET assembly", Fails(text), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(text);
        }

        Assert.Contains("expected an assembly file", Fails(text), StringComparison.Ordinal);
        Assert.Contains("expected an assembly file", Fails(""), StringComparison.Ordinal);

        static string Fails(string path) => Assert.Throws<KernelCompilationException>(() =>
            new KernelFrontend().Translate(new KernelRequest(path, "A.B", "C"))).Message;
    }

    private static KernelRequest Good() => Kernel(typeof(SRKernels.Conformance.Kernels.Groups), "Reverse");

    private static KernelRequest Kernel(Type type, string method) =>
        new(type.Assembly.Location, type.FullName!, method);

    private static Function Translate(string kernel) => new KernelFrontend().Translate(Request(kernel));

    private static KernelRequest Request(string kernel) => Kernel(typeof(RefusedKernels), kernel);

    private static int LineOf(string kernel, [CallerFilePath] string path = "")
    {
        string[] lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(path)!, "RefusedKernels.cs"));
        return Array.FindIndex(lines, l => l.EndsWith("// MARK " + kernel, StringComparison.Ordinal)) + 1;
    }
}
