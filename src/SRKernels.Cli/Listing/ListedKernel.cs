using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Frontend;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Listing;

/// <summary>A kernel, or one declared variant of it, by its name. Nothing is compiled yet.</summary>
/// <param name="Name">Entry point; what the user types.</param>
/// <param name="Request">What to ask the compiler for.</param>
/// <param name="LowestTarget">80 for sm_80.</param>
internal sealed record ListedKernel(string Name, KernelRequest Request, int LowestTarget)
{
    /// <summary><c>int, Tile4x8; 3</c>: type arguments, then specialised values.</summary>
    public string Variant => string.Join("; ", new[] { string.Join(", ", Request.TypeArguments.Select(Short)), string.Join(", ", Request.Specialized) }.Where(p => p.Length > 0));

    /// <summary>The kernels of an assembly in the order of their definition.</summary>
    /// <param name="path">The file; null: the assembly that ships this product's kernels.</param>
    /// <param name="frontend">Who reads it.</param>
    public static (string Path, IReadOnlyList<ListedKernel> Kernels) In(string? path, KernelFrontend frontend)
    {
        var file = path is not null ? FilePath.Plain(path) : Path.Combine(AppContext.BaseDirectory, "SRKernels.Kernels.dll");
        if (!File.Exists(file)) throw new SrkException(file, "an assembly with kernels", "no file of this name", "give one with --assembly FILE");
        try
        {
            ListedKernel[] kernels = [.. frontend.List(file).Select(r => Describe(r, frontend))];
            if (kernels.Length > 0) return (file, kernels);
        }
        catch (Exception e) when (e is BadImageFormatException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new SrkException(file, "a .NET assembly", $"'{e.Message}'", "give the .dll that a C# project builds", e);
        }

        throw path is null
            ? new SrkException("kernels", "kernels in SRKernels.Kernels.dll", "none: its operations run on the processor so far", "name an assembly that has some with --assembly FILE")
            : new SrkException(file, "methods marked [Kernel]", "none", "mark them, or give another assembly");
    }

    /// <summary>The kernel of that name, or all variants of a <c>Type.Method</c>, <c>Method</c> or type.</summary>
    public static IReadOnlyList<ListedKernel> FindAll(IReadOnlyList<ListedKernel> kernels, string name, string file)
    {
        ListedKernel[] found = [.. kernels.Where(k => k.Request.MethodName == name || Short(k.Request.TypeName) == name || $"{Short(k.Request.TypeName)}.{k.Request.MethodName}" == name)];
        return found.Length > 0 ? found : [Find(kernels, name, file)];
    }

    /// <summary>The kernel of that name; <c>Type.Method</c> or <c>Method</c> will do where one variant answers to it.</summary>
    public static ListedKernel Find(IReadOnlyList<ListedKernel> kernels, string name, string file)
    {
        var entry = PtxGenerator.EntryName(name);
        ListedKernel[] found = [.. kernels.Where(k => k.Name == entry)];
        if (found.Length == 0)
            found = [.. kernels.Where(k => k.Request.MethodName == name || $"{Short(k.Request.TypeName)}.{k.Request.MethodName}" == name)];
        var remedy = $"'srk kernels --assembly {file}' lists them";
        return found.Length switch
        {
            1 => found[0],
            0 => throw new SrkException("kernels", $"the name of a kernel in {Path.GetFileName(file)}", $"'{name}'", remedy),
            _ => throw new SrkException("kernels", "the name of one variant", $"'{name}', which means {string.Join(", ", found.Take(8).Select(k => k.Name))}", remedy),
        };
    }

    private static ListedKernel Describe(KernelRequest request, KernelFrontend frontend)
    {
        try
        {
            var info = frontend.Describe(request);
            return new ListedKernel(PtxGenerator.EntryName(info.Name), request, info.LowestTarget);
        }
        catch (KernelCompilationException)
        {
            // Listed all the same: compiling it tells what is wrong.
            return new ListedKernel(PtxGenerator.EntryName($"{Short(request.TypeName)}.{request.MethodName}"), request, PtxGenerator.Targets[0]);
        }
    }

    private static string Short(string name) => name[(name.LastIndexOfAny(['.', '+']) + 1)..];
}
