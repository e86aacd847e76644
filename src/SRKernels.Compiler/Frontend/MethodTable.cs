using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace SRKernels.Compiler.Frontend;

/// <summary>
/// What the type initialiser stores in a static readonly field: the constants that it loads and, behind them, the
/// constructor that takes them. Without a constructor one constant is the value's bits, and none is the default value.
/// </summary>
internal sealed record StaticConstant(long[] Constants, MethodInstance? Initialiser = null, int ConstructorToken = 0);

/// <summary>
/// What a call token means. Key: signature text for the intrinsics, null for the user's own methods. DeclaringName:
/// full name without arguments. Declaring: the type, where it is one that kernels know. Target: the method, null where
/// we cannot open its assembly.
/// </summary>
internal sealed record CallTarget(
    string? Key,
    string DeclaringName,
    string Name,
    KernelType? Declaring,
    KernelType[] MethodArguments,
    KernelType[] Parameters,
    KernelType ReturnType,
    bool IsInstance,
    MethodInstance? Target);

/// <summary>Tokens to methods, fields and types; one <see cref="MethodInstance"/> per method and type arguments. Lives
/// for one compilation.</summary>
internal sealed class MethodTable(TypeTable types)
{
    private readonly Dictionary<(KernelModule, int), List<MethodInstance>> _instances = [];
    private readonly Dictionary<KernelModule, SignatureText> _texts = [];

    internal MethodInstance Instance(
        KernelModule module, MethodDefinitionHandle handle, KernelType[] typeArguments, KernelType[] methodArguments)
    {
        var key = (module, MetadataTokens.GetRowNumber(handle));
        if (!_instances.TryGetValue(key, out List<MethodInstance>? known)) _instances.Add(key, known = []);
        foreach (MethodInstance candidate in known)
            if (candidate.Context.TypeArguments.AsSpan().SequenceEqual(typeArguments)
                && candidate.Context.MethodArguments.AsSpan().SequenceEqual(methodArguments))
                return candidate;
        var instance = new MethodInstance(types, module, handle, typeArguments, methodArguments);
        known.Add(instance);
        return instance;
    }

    /// <summary>A method of the language's own assemblies by name, for substitutes.</summary>
    internal MethodInstance? Find(
        KernelModule module, string typeName, string methodName, KernelType[] methodArguments, KernelType[] parameters)
    {
        if (!module.TryFindType(typeName, out TypeDefinitionHandle type)) return null;
        foreach (MethodDefinitionHandle handle in module.Metadata.GetTypeDefinition(type).GetMethods())
        {
            MethodDefinition method = module.Metadata.GetMethodDefinition(handle);
            if (!module.Metadata.StringComparer.Equals(method.Name, methodName)
                || method.GetGenericParameters().Count != methodArguments.Length)
                continue;
            MethodInstance instance = Instance(module, handle, [], methodArguments);
            if (instance.Parameters.AsSpan().SequenceEqual(parameters)) return instance;
        }

        return null;
    }

    internal KernelType TypeOf(MethodInstance from, int token)
    {
        if (from.Tokens.TryGetValue(token, out object? known)) return (KernelType)known;
        KernelType type = TypeOf(from.Module, MetadataTokens.EntityHandle(token), from.Context);
        from.Tokens.Add(token, type);
        return type;
    }

    internal (KernelType Declaring, TypeField? Field, string Name) FieldOf(MethodInstance from, int token)
    {
        if (from.Tokens.TryGetValue(token, out object? known)) return ((KernelType, TypeField?, string))known;
        (KernelType declaring, string name, _) = FieldParts(from, token);
        TypeField? found = null;
        foreach (TypeField field in declaring.Fields)
            if (field.Name == name)
                found = field;
        var result = (declaring, found, name);
        from.Tokens.Add(token, result);
        return result;
    }

    internal (KernelType? Declaring, string Name, KernelType Type, StaticConstant? Constant) StaticField(
        MethodInstance from, int token)
    {
        if (from.Tokens.TryGetValue(token, out object? known))
            return ((KernelType?, string, KernelType, StaticConstant?))known;
        (KernelType declaring, string name, KernelType type) = FieldParts(from, token);
        StaticConstant? constant = declaring.Module is { } module
            ? ReadStaticConstant(module, declaring.Handle, name)
            : LanguageType(from, token) is { } language ? ReadStaticConstant(language.Module, language.Type, name) : null;
        (KernelType?, string, KernelType, StaticConstant?) result = (declaring, name, type, constant);
        from.Tokens.Add(token, result);
        return result;
    }

    internal CallTarget Call(MethodInstance from, int token)
    {
        if (from.Tokens.TryGetValue(token, out object? known)) return (CallTarget)known;
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        KernelType[] methodArguments = [];
        if (handle.Kind == HandleKind.MethodSpecification)
        {
            MethodSpecification specification = from.Module.Metadata.GetMethodSpecification(
                (MethodSpecificationHandle)handle);
            methodArguments = [.. specification.DecodeSignature(types.Of(from.Module), from.Context)];
            handle = specification.Method;
        }

        CallTarget target = handle.Kind == HandleKind.MethodDefinition
            ? FromDefinition(from, (MethodDefinitionHandle)handle, methodArguments)
            : FromReference(from, (MemberReferenceHandle)handle, methodArguments);
        from.Tokens.Add(token, target);
        return target;
    }

    /// <summary>The method of a struct that implements an interface's (static or instance) method; null:
    /// none.</summary>
    internal MethodInstance? Implementation(KernelType type, CallTarget declared)
    {
        if (type.Module is not { } module) return null;
        MetadataReader metadata = module.Metadata;
        TypeDefinition definition = metadata.GetTypeDefinition(type.Handle);
        foreach (MethodImplementationHandle handle in definition.GetMethodImplementations())
        {
            MethodImplementation implementation = metadata.GetMethodImplementation(handle);
            if (implementation.MethodBody.Kind != HandleKind.MethodDefinition || declared.Target is not { } target)
                continue;
            if (Resolve(module, implementation.MethodDeclaration, new GenericContext(
                module, type.Arguments, declared.MethodArguments)) is not { } candidate)
                continue;
            if (ReferenceEquals(candidate.Module, target.Module) && candidate.Handle == target.Handle
                && candidate.Context.TypeArguments.AsSpan().SequenceEqual(target.Context.TypeArguments))
                return Instance(module, (MethodDefinitionHandle)implementation.MethodBody, type.Arguments,
                    declared.MethodArguments);
        }

        foreach (MethodDefinitionHandle handle in definition.GetMethods())
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if (!metadata.StringComparer.Equals(method.Name, declared.Name)) continue;
            if (method.GetGenericParameters().Count != declared.MethodArguments.Length) continue;
            MethodInstance candidate = Instance(module, handle, type.Arguments, declared.MethodArguments);
            if (candidate.IsStatic == !declared.IsInstance
                && candidate.Parameters.AsSpan().SequenceEqual(declared.Parameters))
                return candidate;
        }

        return null;
    }

    private MethodInstance? Resolve(KernelModule module, EntityHandle handle, GenericContext context)
    {
        if (handle.Kind == HandleKind.MethodDefinition)
            return Instance(module, (MethodDefinitionHandle)handle, context.TypeArguments, context.MethodArguments);
        if (handle.Kind != HandleKind.MemberReference) return null;
        MemberReference reference = module.Metadata.GetMemberReference((MemberReferenceHandle)handle);
        KernelType declaring = TypeOf(module, reference.Parent, context);
        return declaring.Module is { } definer ? FindMember(
            definer, declaring, module, reference, context.MethodArguments) : null;
    }

    private CallTarget FromDefinition(MethodInstance from, MethodDefinitionHandle handle, KernelType[] methodArguments)
    {
        KernelModule module = from.Module;
        MethodDefinition definition = module.Metadata.GetMethodDefinition(handle);
        TypeDefinitionHandle type = definition.GetDeclaringType();
        // A definition token inside a generic type is the type with its own parameters, which are those in force.
        KernelType[] typeArguments = module.Metadata.GetTypeDefinition(type).GetGenericParameters().Count > 0
            ? from.Context.TypeArguments : [];
        MethodInstance instance = Instance(module, handle, typeArguments, methodArguments);
        string declaringName = module.FullName(type);
        string? key = IsLanguage(declaringName)
            ? Key(declaringName, instance.Name, methodArguments.Length, definition.DecodeSignature(Text(module), null))
            : null;
        return new CallTarget(key, declaringName, instance.Name, types.Defined(module, type, typeArguments),
            methodArguments, instance.Parameters, instance.ReturnType, !instance.IsStatic, instance);
    }

    private CallTarget FromReference(MethodInstance from, MemberReferenceHandle handle, KernelType[] methodArguments)
    {
        KernelModule module = from.Module;
        MemberReference reference = module.Metadata.GetMemberReference(handle);
        string name = module.Metadata.GetString(reference.Name);
        string declaringName = ParentName(module, reference.Parent);
        KernelType declaring = TypeOf(module, reference.Parent, from.Context);
        KernelType[] typeArguments = declaring.Shape == TypeShape.View ? [declaring.Element!] : declaring.Arguments;
        MethodSignature<KernelType> signature = reference.DecodeMethodSignature(
            types.Of(module), new GenericContext(module, typeArguments, methodArguments));
        string? key = IsLanguage(declaringName)
            ? Key(declaringName, name, methodArguments.Length, reference.DecodeMethodSignature(Text(module), null))
            : null;
        MethodInstance? target = null;
        if (declaring.Module is { } definer)
            target = FindMember(definer, declaring, module, reference, methodArguments);
        else if (declaringName.StartsWith("ILGPU.", StringComparison.Ordinal) || declaringName.StartsWith(
            "SRKernels.Intrinsics.", StringComparison.Ordinal))
            target = FindInLanguage(module, reference, declaringName, methodArguments);
        return new CallTarget(key, declaringName, name, declaring, methodArguments, [.. signature.ParameterTypes],
            signature.ReturnType, signature.Header.IsInstance, target);
    }

    /// <summary>Members of the types that are scalars here (Half, BFloat16) and so carry no definition.</summary>
    private MethodInstance? FindInLanguage(
        KernelModule from, MemberReference reference, string declaringName, KernelType[] methodArguments) =>
        LanguageType(from, reference) is { } found && found.Module.FullName(found.Type) == declaringName
            ? FindMember(found.Module, found.Type, [], from, reference, methodArguments)
            : null;

    private (KernelModule Module, TypeDefinitionHandle Type)? LanguageType(MethodInstance from, int token) =>
        MetadataTokens.EntityHandle(token) is { Kind: HandleKind.MemberReference } handle
            ? LanguageType(from.Module, from.Module.Metadata.GetMemberReference((MemberReferenceHandle)handle))
            : null;

    private (KernelModule Module, TypeDefinitionHandle Type)? LanguageType(KernelModule from, MemberReference member) =>
        member.Parent.Kind == HandleKind.TypeReference
        && types.Assemblies.TryResolve(
            from, (TypeReferenceHandle)member.Parent, out KernelModule module, out TypeDefinitionHandle type)
            ? (module, type)
            : null;

    private MethodInstance? FindMember(
        KernelModule definer, KernelType declaring, KernelModule from, MemberReference reference,
        KernelType[] methodArguments) =>
        FindMember(definer, declaring.Handle, declaring.Arguments, from, reference, methodArguments);

    private MethodInstance? FindMember(
        KernelModule definer, TypeDefinitionHandle type, KernelType[] typeArguments, KernelModule from,
        MemberReference reference, KernelType[] methodArguments)
    {
        string name = from.Metadata.GetString(reference.Name);
        MethodSignature<string> wanted = reference.DecodeMethodSignature(Text(from), null);
        foreach (MethodDefinitionHandle handle in definer.Metadata.GetTypeDefinition(type).GetMethods())
        {
            MethodDefinition definition = definer.Metadata.GetMethodDefinition(handle);
            if (!definer.Metadata.StringComparer.Equals(definition.Name, name)) continue;
            if (definition.GetGenericParameters().Count != methodArguments.Length) continue;
            MethodSignature<string> found = definition.DecodeSignature(Text(definer), null);
            if (found.ReturnType == wanted.ReturnType
                && found.ParameterTypes.AsSpan().SequenceEqual(wanted.ParameterTypes.AsSpan()))
                return Instance(definer, handle, typeArguments, methodArguments);
        }

        return null;
    }

    private KernelType TypeOf(KernelModule module, EntityHandle handle, GenericContext context)
    {
        ModuleTypes provider = types.Of(module);
        return handle.Kind switch
        {
            HandleKind.TypeDefinition when module.Metadata.GetTypeDefinition(
                (TypeDefinitionHandle)handle).GetGenericParameters().Count > 0 =>
                types.Defined(module, (TypeDefinitionHandle)handle, context.TypeArguments),
            HandleKind.TypeDefinition =>
                provider.GetTypeFromDefinition(module.Metadata, (TypeDefinitionHandle)handle, 0),
            HandleKind.TypeReference => provider.GetTypeFromReference(module.Metadata, (TypeReferenceHandle)handle, 0),
            HandleKind.TypeSpecification =>
                provider.GetTypeFromSpecification(module.Metadata, context, (TypeSpecificationHandle)handle, 0),
            _ => TypeTable.Unsupported(handle.Kind.ToString()),
        };
    }

    private (KernelType Declaring, string Name, KernelType Type) FieldParts(MethodInstance from, int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        MetadataReader metadata = from.Module.Metadata;
        if (handle.Kind == HandleKind.FieldDefinition)
        {
            FieldDefinition field = metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
            KernelType declaring = TypeOf(from.Module, field.GetDeclaringType(), from.Context);
            return (declaring, metadata.GetString(field.Name),
                field.DecodeSignature(types.Of(from.Module), from.Context));
        }

        MemberReference reference = metadata.GetMemberReference((MemberReferenceHandle)handle);
        KernelType parent = TypeOf(from.Module, reference.Parent, from.Context);
        KernelType[] arguments = parent.Shape == TypeShape.View ? [parent.Element!] : parent.Arguments;
        return (parent, metadata.GetString(reference.Name),
            reference.DecodeFieldSignature(types.Of(from.Module), new GenericContext(from.Module, arguments, [])));
    }

    /// <summary>A static readonly field whose initialiser is a constant, or a constructor of constants.</summary>
    private StaticConstant? ReadStaticConstant(KernelModule module, TypeDefinitionHandle type, string name)
    {
        MetadataReader metadata = module.Metadata;
        TypeDefinition definition = metadata.GetTypeDefinition(type);
        FieldDefinitionHandle wanted = default;
        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = metadata.GetFieldDefinition(handle);
            if (metadata.StringComparer.Equals(field.Name, name) && field.Attributes.HasFlag(FieldAttributes.InitOnly))
                wanted = handle;
        }

        if (wanted.IsNil) return null;
        foreach (MethodDefinitionHandle handle in definition.GetMethods())
            if (metadata.StringComparer.Equals(metadata.GetMethodDefinition(handle).Name, ".cctor"))
                return StoredBy(Instance(module, handle, [], []), wanted);
        return new StaticConstant([]);
    }

    private static StaticConstant? StoredBy(MethodInstance initialiser, FieldDefinitionHandle wanted)
    {
        byte[] code = initialiser.Module.Body(
            initialiser.Module.Metadata.GetMethodDefinition(initialiser.Handle)).GetILBytes()!;
        var constants = new List<long>();
        bool known = true;
        int constructor = 0;
        StaticConstant? found = new([]);
        bool stored = false;
        for (int at = 0; at < code.Length;)
        {
            ILOpCode op = IlBody.Decode(code, at, out int operand);
            if (op == ILOpCode.Newobj && constructor == 0)
            {
                constructor = BitConverter.ToInt32(code, operand);
            }
            else if (op == ILOpCode.Stsfld)
            {
                if (MetadataTokens.EntityHandle(BitConverter.ToInt32(code, operand)) == (EntityHandle)wanted)
                {
                    bool one = constructor != 0 || constants.Count == 1;
                    found = known && one && !stored
                        ? new StaticConstant([.. constants], initialiser, constructor) : null;
                    stored = true;
                }

                constants.Clear();
                known = true;
                constructor = 0;
            }
            else if (ConstantAt(op, code, operand) is { } bits && constructor == 0)
            {
                constants.Add(bits);
            }
            else if (op != ILOpCode.Conv_i8)
            {
                known = false;
            }

            at = IlBody.Next(code, op, operand);
        }

        return found;
    }

    private static long? ConstantAt(ILOpCode op, byte[] code, int operand) => op switch
    {
        >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8 => (int)op - (int)ILOpCode.Ldc_i4_0,
        ILOpCode.Ldc_i4_s => (sbyte)code[operand],
        ILOpCode.Ldc_i4 or ILOpCode.Ldc_r4 => BitConverter.ToInt32(code, operand),
        ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8 => BitConverter.ToInt64(code, operand),
        _ => null,
    };

    private SignatureText Text(KernelModule module)
    {
        if (!_texts.TryGetValue(module, out SignatureText? text)) _texts.Add(module, text = new SignatureText(module));
        return text;
    }

    private string ParentName(KernelModule module, EntityHandle parent)
    {
        switch (parent.Kind)
        {
            case HandleKind.TypeReference:
                return module.FullName((TypeReferenceHandle)parent);
            case HandleKind.TypeDefinition:
                return module.FullName((TypeDefinitionHandle)parent);
            case HandleKind.TypeSpecification:
                string text = module.Metadata.GetTypeSpecification((TypeSpecificationHandle)parent).DecodeSignature(
                    Text(module), null);
                int angle = text.IndexOf('<', StringComparison.Ordinal);
                return angle > 0 ? text[..angle] : text;
            default:
                return "";
        }
    }

    private static bool IsLanguage(string declaringName) =>
        declaringName.StartsWith("ILGPU.", StringComparison.Ordinal)
        || declaringName.StartsWith("System.", StringComparison.Ordinal)
        || declaringName.StartsWith("SRKernels.Intrinsics.", StringComparison.Ordinal);

    private static string Key(string declaring, string name, int arity, MethodSignature<string> signature) =>
        $"{declaring}.{name}{(arity > 0 ? $"<{arity}>" : "")}({string.Join(',', signature.ParameterTypes)}):{signature.ReturnType}";
}
