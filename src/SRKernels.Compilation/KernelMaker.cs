using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Compilation;

/// <summary>Compiles kernels from the assembly's file, which lies beside the application. <see cref="KernelLoader"/> finds this type by its name.</summary>
internal sealed class KernelMaker : IKernelMaker
{
    private readonly KernelFrontend _frontend = new();
    private readonly ConcurrentDictionary<string, string> _contents = new(StringComparer.Ordinal);

    public KernelImage Make(Assembly assembly, KernelKey key, DeviceInfo device)
    {
        var function = KernelCompiler.Compile(Request(FileOf(assembly), key), _frontend, forOpenCl: device.Kind == DeviceKind.OpenCl);
        return device.Kind switch
        {
            DeviceKind.Cuda => KernelImageMaker.Ptx(function, TargetFor(device)),
            DeviceKind.OpenCl => KernelImageMaker.OpenCl(function),
            _ => KernelImageMaker.Ir(function),
        };
    }

    /// <summary>A kernel's optimised IR, as every code generator gets it.</summary>
    internal Function Compile(Assembly assembly, KernelKey key) => KernelCompiler.Compile(Request(FileOf(assembly), key), _frontend);

    /// <remarks>
    /// The compiler inlines, so a kernel's text depends on every assembly in reach of its own, on the compiler and on the target. Module version
    /// identifiers stand for their contents: deterministic builds derive them from the content, others make a new one each time.
    /// </remarks>
    public string CacheKey(Assembly assembly, KernelKey key, DeviceInfo device)
    {
        var target = device.Kind == DeviceKind.Cuda ? $"ptx sm_{TargetFor(device)}" : $"{device.Kind}";
        return $"{KernelImageFormat.Version}\n{key}\n{target}\n{_contents.GetOrAdd(FileOf(assembly), ContentsInReach)}";
    }

    /// <summary>Every image that the build step embeds for a kernel: PTX, and OpenCL C where that language can express it.</summary>
    /// <param name="request">The kernel.</param>
    /// <param name="frontend">Reads assemblies once for many kernels.</param>
    /// <param name="refusal">Why there is no OpenCL C, or null.</param>
    /// <remarks>
    /// One PTX text per difference: drivers take text for older targets, so a text is kept only where it says something else than the one for the
    /// target below (from sm_80 on NaN-keeping minima, for example), not because its <c>.target</c> line does.
    /// </remarks>
    internal static IReadOnlyList<KernelImage> MakeAll(KernelRequest request, KernelFrontend frontend, out string? refusal)
    {
        var function = KernelCompiler.Compile(request, frontend);
        var images = new List<KernelImage>();
        string? last = null;
        foreach (var target in PtxGenerator.Targets)
        {
            if (target < function.Info.LowestTarget) continue;
            var image = KernelImageMaker.Ptx(function, target);
            var body = WithoutHeader(image.Text);
            if (body != last) images.Add(image);
            last = body;
        }

        refusal = null;
        try
        {
            images.Add(KernelImageMaker.OpenCl(KernelCompiler.Compile(request, frontend, forOpenCl: true)));
        }
        catch (KernelCompilationException e)
        {
            refusal = e.Message;
        }

        return images;
    }

    internal static KernelKey KeyOf(KernelRequest request) =>
        new(request.TypeName, request.MethodName) { TypeArguments = request.TypeArguments, Specialized = request.Specialized };

    internal static KernelRequest Request(string file, KernelKey key) =>
        new(file, key.TypeName, key.MethodName) { TypeArguments = key.TypeArguments, Specialized = key.Specialized };

    private static int TargetFor(DeviceInfo device)
    {
        var best = 0;
        foreach (var target in PtxGenerator.Targets)
            if (target <= device.Target) best = target;
        return best != 0
            ? best
            : throw new SrkException(device.Name, $"a device of at least sm_{PtxGenerator.Targets[0]}", $"sm_{device.Target}", "use --device cpu or opencl:0");
    }

    /// <summary>By name, not by <see cref="Assembly.Location"/>: that is empty in a single-file application.</summary>
    private static string FileOf(Assembly assembly)
    {
        var file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".dll");
        return File.Exists(file)
            ? file
            : throw new SrkException($"kernels of {assembly.GetName().Name}", "the assembly's file beside the application, to compile from", $"no {file}", "embed the kernels when building it");
    }

    private static string WithoutHeader(string ptx)
    {
        var text = new StringBuilder(ptx.Length);
        foreach (var line in ptx.AsSpan().EnumerateLines())
            if (!line.StartsWith(".version") && !line.StartsWith(".target") && !line.StartsWith("//")) text.Append(line).Append('\n');
        return text.ToString();
    }

    private static string ContentsInReach(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        var known = new SortedDictionary<string, Guid>(StringComparer.Ordinal);
        var waiting = new Stack<string>([Path.GetFileNameWithoutExtension(file), typeof(KernelMaker).Assembly.GetName().Name!]);
        while (waiting.TryPop(out var name))
        {
            var path = Path.Combine(folder, name + ".dll");
            if (known.ContainsKey(name) || name.StartsWith("System.", StringComparison.Ordinal) || !File.Exists(path)) continue;
            using var pe = new PEReader(File.OpenRead(path));
            var metadata = pe.GetMetadataReader();
            known[name] = metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
            foreach (var handle in metadata.AssemblyReferences) waiting.Push(metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        }

        return string.Join('\n', known.Select(k => $"{k.Key} {k.Value:N}"));
    }
}
