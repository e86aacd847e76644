using SRKernels.Conformance;
using SRKernels.Emulation;
using SRKernels.Ilgpu;
using SRKernels.Runtime.Loading;
using KernelImage = SRKernels.Runtime.KernelImage;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>A case as ILGPU's own compiler translates it, in the emulator.</summary>
internal sealed class IlgpuPtxBackend(int target) : IConformanceBackend
{
    private static readonly IlgpuPtxCompiler s_compiler = new();

    public string Name => $"ILGPU PTX sm_{target}";

    public string? Unavailable => null;

    /// <summary>The text of a case.</summary>
    public static KernelImage Compile(ConformanceCase test, int target) => s_compiler.Compile(
        test.Method.DeclaringType!.Assembly, new KernelKey(test.TypeName, test.MethodName) { TypeArguments = test.TypeArguments, Specialized = test.Specialized }, target);

    public void Run(ConformanceCase test, byte[][] memory)
    {
        var image = Compile(test, target);
        var device = new EmulatedMemory();
        using var module = PtxModule.Parse(image.Text).Load(device);
        var views = new ulong[memory.Length];
        var arguments = new List<object>();
        for (var i = 0; i < memory.Length; i++)
        {
            if (test.Arguments[i].Specialized is not null) continue;
            if (!test.Arguments[i].IsView)
            {
                arguments.Add(memory[i]);
                continue;
            }

            // An ILGPU view is a pointer and a length, in one parameter.
            views[i] = device.Allocate<byte>(memory[i].Length == 0 ? new byte[16] : memory[i]);
            arguments.Add((byte[])[.. BitConverter.GetBytes(views[i]), .. BitConverter.GetBytes((long)test.Arguments[i].Length)]);
        }

        module.Launch(
            image.Name, new Extent(test.Grid.X, test.Grid.Y, test.Grid.Z), new Extent(test.Group.X, test.Group.Y, test.Group.Z), test.DynamicSharedBytes,
            module.PackArguments(image.Name, [.. arguments])).ThrowOnErrors();
        for (var i = 0; i < memory.Length; i++)
            if (views[i] != 0) device.Bytes(views[i], memory[i].Length).CopyTo(memory[i]);
    }
}
