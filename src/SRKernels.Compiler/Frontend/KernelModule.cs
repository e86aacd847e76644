using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SRKernels.Compiler.Frontend;

/// <summary>An assembly file with its debug information. Immutable once read, so shared between compilations.</summary>
internal sealed class KernelModule
{
    private readonly PEReader _pe;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TypeDefinitionHandle> _types = new(StringComparer.Ordinal);
    private MetadataReader? _pdb;
    private bool _pdbTried;

    internal KernelModule(string path)
    {
        Path = path;
        // Read wholly: the file may be rebuilt while we hold it, and a mapped file would then change under us.
        _pe = new PEReader(ImmutableArray.Create(File.ReadAllBytes(path)));
        Metadata = _pe.GetMetadataReader();
        Name = Metadata.GetString(Metadata.GetAssemblyDefinition().Name);
    }

    internal string Path { get; }

    internal string Name { get; }

    internal MetadataReader Metadata { get; }

    /// <summary>Portable debug information, embedded or beside the file; null: none.</summary>
    internal MetadataReader? Pdb
    {
        get
        {
            lock (_gate)
            {
                if (_pdbTried) return _pdb;
                _pdbTried = true;
                try
                {
                    if (_pe.TryOpenAssociatedPortablePdb(Path, OpenPdb, out MetadataReaderProvider? provider, out _))
                        _pdb = provider?.GetMetadataReader();
                }
                catch (BadImageFormatException)
                {
                    // A damaged PDB costs line numbers, not the compilation.
                }

                return _pdb;
            }
        }
    }

    internal MethodBodyBlock Body(MethodDefinition method) => _pe.GetMethodBody(method.RelativeVirtualAddress);

    /// <summary>A type by its full name, nested ones as <c>Outer+Inner</c>.</summary>
    internal bool TryFindType(string fullName, out TypeDefinitionHandle handle)
    {
        lock (_gate)
        {
            if (_types.Count == 0)
                foreach (TypeDefinitionHandle type in Metadata.TypeDefinitions)
                    _types.TryAdd(FullName(type), type);
            return _types.TryGetValue(fullName, out handle);
        }
    }

    internal string FullName(TypeDefinitionHandle handle)
    {
        TypeDefinition type = Metadata.GetTypeDefinition(handle);
        string name = Metadata.GetString(type.Name);
        if (type.IsNested) return FullName(type.GetDeclaringType()) + "+" + name;
        return type.Namespace.IsNil ? name : Metadata.GetString(type.Namespace) + "." + name;
    }

    internal string FullName(TypeReferenceHandle handle)
    {
        TypeReference type = Metadata.GetTypeReference(handle);
        string name = Metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return FullName((TypeReferenceHandle)type.ResolutionScope) + "+" + name;
        return type.Namespace.IsNil ? name : Metadata.GetString(type.Namespace) + "." + name;
    }

    private static Stream? OpenPdb(string path) => File.Exists(path) ? new MemoryStream(File.ReadAllBytes(path)) : null;
}
