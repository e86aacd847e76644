using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace SRKernels.Compiler.Frontend;

/// <summary>A method with all type arguments filled in, its body cut into blocks, its tokens resolved once.</summary>
internal sealed class MethodInstance
{
    private readonly (int Offset, int Line, string File)[] _lines;

    internal MethodInstance(TypeTable types, KernelModule module, MethodDefinitionHandle handle,
        KernelType[] typeArguments, KernelType[] methodArguments)
    {
        Module = module;
        Handle = handle;
        Context = new GenericContext(module, typeArguments, methodArguments);
        MetadataReader metadata = module.Metadata;
        MethodDefinition definition = metadata.GetMethodDefinition(handle);
        Name = metadata.GetString(definition.Name);
        TypeName = TypeTable.DisplayName(module.FullName(definition.GetDeclaringType()), typeArguments);
        MethodSignature<KernelType> signature = definition.DecodeSignature(types.Of(module), Context);
        ReturnType = signature.ReturnType;
        IsStatic = definition.Attributes.HasFlag(MethodAttributes.Static);
        Parameters = [.. signature.ParameterTypes];
        if (definition.RelativeVirtualAddress == 0)
        {
            _lines = [];
            return;
        }

        MethodBodyBlock body = module.Body(definition);
        HasTry = body.ExceptionRegions.Length > 0;
        LocalTypes = body.LocalSignature.IsNil
            ? []
            : metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(types.Of(module), Context);
        Body = new IlBody(body.GetILBytes()!, Parameters.Length + (IsStatic ? 0 : 1), LocalTypes.Length);
        _lines = ReadLines(module, handle);
    }

    internal KernelModule Module { get; }

    internal MethodDefinitionHandle Handle { get; }

    internal GenericContext Context { get; }

    internal string Name { get; }

    /// <summary>Declaring type, without namespace.</summary>
    internal string TypeName { get; }

    internal KernelType ReturnType { get; }

    internal KernelType[] Parameters { get; }

    internal bool IsStatic { get; }

    internal bool HasTry { get; }

    internal ImmutableArray<KernelType> LocalTypes { get; } = [];

    /// <summary>Null: abstract or extern.</summary>
    internal IlBody? Body { get; }

    /// <summary>What the tokens in the body mean, filled as they are met: methods, types, fields.</summary>
    internal Dictionary<int, object> Tokens { get; } = [];

    internal string[] ParameterNames()
    {
        var names = new string[Parameters.Length];
        foreach (ParameterHandle handle in Module.Metadata.GetMethodDefinition(Handle).GetParameters())
        {
            Parameter parameter = Module.Metadata.GetParameter(handle);
            if (parameter.SequenceNumber > 0)
                names[parameter.SequenceNumber - 1] = Module.Metadata.GetString(parameter.Name);
        }

        return names;
    }

    /// <summary>Source of an IL offset; line 0 if there is no debug information.</summary>
    internal (string File, int Line) LineAt(int offset)
    {
        (string File, int Line) found = ("", 0);
        foreach ((int at, int line, string file) in _lines)
        {
            if (at > offset) break;
            found = (file, line);
        }

        return found;
    }

    private static (int Offset, int Line, string File)[] ReadLines(KernelModule module, MethodDefinitionHandle handle)
    {
        if (module.Pdb is not { } pdb) return [];
        MethodDebugInformation information = pdb.GetMethodDebugInformation(handle.ToDebugInformationHandle());
        if (information.SequencePointsBlob.IsNil) return [];
        var lines = new List<(int Offset, int Line, string File)>();
        DocumentHandle last = default;
        string file = "";
        foreach (SequencePoint point in information.GetSequencePoints())
        {
            if (point.IsHidden) continue;
            if (point.Document != last)
            {
                last = point.Document;
                file = pdb.GetString(pdb.GetDocument(last).Name);
            }

            lines.Add((point.Offset, point.StartLine, file));
        }

        return [.. lines];
    }
}
