using System.Collections.Concurrent;
using System.Reflection.Metadata;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// The assemblies that kernels are read from, found by name beside the referencing file and beside the application. The
/// framework's own assemblies are never opened: what kernels may call of them is mapped by signature. ILGPU's are: the
/// bodies of its members are translated like a kernel's own.
/// </summary>
internal sealed class AssemblySet
{
    private readonly ConcurrentDictionary<string, KernelModule?> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, KernelModule> _byPath = new(StringComparer.Ordinal);

    /// <summary>The module of a file.</summary>
    internal KernelModule Open(string path)
    {
        path = Path.GetFullPath(path);
        KernelModule module = _byPath.GetOrAdd(path, p => new KernelModule(p));
        _byName.TryAdd(module.Name, module);
        return module;
    }

    /// <summary>The type that a reference names; false if its assembly is the framework's or cannot be found.</summary>
    internal bool TryResolve(
        KernelModule from, TypeReferenceHandle reference, out KernelModule module, out TypeDefinitionHandle type)
    {
        module = from;
        type = default;
        TypeReferenceHandle outer = reference;
        TypeReference row = from.Metadata.GetTypeReference(outer);
        while (row.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            outer = (TypeReferenceHandle)row.ResolutionScope;
            row = from.Metadata.GetTypeReference(outer);
        }

        if (row.ResolutionScope.Kind == HandleKind.AssemblyReference)
        {
            AssemblyReference assembly = from.Metadata.GetAssemblyReference(
                (AssemblyReferenceHandle)row.ResolutionScope);
            KernelModule? found = Find(from, from.Metadata.GetString(assembly.Name));
            if (found is null) return false;
            module = found;
        }

        return module.TryFindType(from.FullName(reference), out type);
    }

    /// <summary>The assembly of that name beside a module or the application; null: the framework's, or not
    /// there.</summary>
    internal KernelModule? Find(KernelModule from, string name)
    {
        if (_byName.TryGetValue(name, out KernelModule? module)) return module;
        if (name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "mscorlib" or "netstandard")
        {
            _byName.TryAdd(name, null);
            return null;
        }

        foreach (string? folder in new[] { Path.GetDirectoryName(from.Path), AppContext.BaseDirectory })
        {
            string path = Path.Combine(folder ?? "", name + ".dll");
            if (!File.Exists(path)) continue;
            module = Open(path);
            _byName.TryAdd(name, module);
            return module;
        }

        return null;
    }
}
