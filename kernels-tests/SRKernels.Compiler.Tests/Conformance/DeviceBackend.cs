using SRKernels.Compilation;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Conformance;
using SRKernels.Runtime;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>Compiles a case and runs it on a device of the runtime, through the same calls that an application makes.</summary>
internal sealed class DeviceBackend(
    string name, string? unavailable, Func<Device> open, Func<ConformanceCase, Function, KernelImage> compile, bool optimize = true, string? assembly = null, bool forOpenCl = false)
    : IConformanceBackend
{
    private static readonly KernelFrontend s_frontend = new();

    public DeviceBackend(
        string name, string? unavailable, Func<Device> open, Func<Function, KernelImage> compile, bool optimize = true, string? assembly = null, bool forOpenCl = false)
        : this(name, unavailable, open, (_, function) => compile(function), optimize, assembly, forOpenCl)
    {
    }

    public string Name { get; } = name;

    public string? Unavailable { get; } = unavailable;

    public void Run(ConformanceCase test, byte[][] memory)
    {
        var function = Translate(test, assembly);
        Verifier.Verify(function, "frontend");
        if (optimize)
        {
            foreach (var (pass, run) in forOpenCl ? KernelCompiler.Pipeline(KernelCompiler.OpenClUnrolledInstructions) : KernelCompiler.Pipeline())
                if (run.Run(function)) Verifier.Verify(function, pass);
        }

        using var device = open();
        using var kernel = device.Load(compile(test, function));
        var arguments = new KernelArguments();
        var buffers = new DeviceBuffer?[memory.Length];
        for (var i = 0; i < memory.Length; i++)
        {
            var argument = test.Arguments[i];
            var target = function.Arguments[i];
            if (argument.IsView)
            {
                buffers[i] = device.Allocate(Math.Max(memory[i].Length, 16));
                device.Upload(memory[i], buffers[i]!);
                arguments.ViewBytes(buffers[i]!, 0, argument.Length);
                continue;
            }

            for (var k = 0; k < target.Count; k++)
            {
                var type = function.Parameters[target.First + k].Type;
                long bits = 0;
                for (var b = Math.Max(type.Bits / 8, 1) - 1; b >= 0; b--) bits = (bits << 8) | memory[i][target.Offsets[k] + b];
                arguments.Add(KernelImageMaker.ParameterOf(type), bits);
            }
        }

        var shape = new LaunchShape(
            new Extent(test.Grid.X, test.Grid.Y, test.Grid.Z), new Extent(test.Group.X, test.Group.Y, test.Group.Z), test.DynamicSharedBytes);
        device.Launch(kernel, shape, arguments);
        device.Synchronize();
        for (var i = 0; i < memory.Length; i++)
        {
            if (buffers[i] is not { } buffer) continue;
            device.Download(buffer, memory[i]);
            buffer.Dispose();
        }
    }

    /// <summary>The case's kernel as IR, from its own assembly or from another file beside it that holds the same kernels.</summary>
    internal static Function Translate(ConformanceCase test, string? assembly = null) => s_frontend.Translate(new KernelRequest(
        assembly is null ? test.AssemblyPath : Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), test.TypeName, test.MethodName)
    {
        TypeArguments = test.TypeArguments,
        Specialized = test.Specialized,
    });
}
