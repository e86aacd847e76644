using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>Type arguments in force while a signature is read.</summary>
internal sealed record GenericContext(KernelModule Module, KernelType[] TypeArguments, KernelType[] MethodArguments);

/// <summary>Makes one <see cref="KernelType"/> per type, straight from signatures, with C#'s memory layout.</summary>
internal sealed class TypeTable(AssemblySet assemblies)
{
    internal static readonly KernelType Void = new("void", TypeShape.Void);
    internal static readonly KernelType Bool = Scalar("bool", IrType.I32, IrType.I8, signed: false);
    internal static readonly KernelType Char = Scalar("char", IrType.I32, IrType.I16, signed: false);
    internal static readonly KernelType SByte = Scalar("sbyte", IrType.I32, IrType.I8, signed: true);
    internal static readonly KernelType Byte = Scalar("byte", IrType.I32, IrType.I8, signed: false);
    internal static readonly KernelType Int16 = Scalar("short", IrType.I32, IrType.I16, signed: true);
    internal static readonly KernelType UInt16 = Scalar("ushort", IrType.I32, IrType.I16, signed: false);
    internal static readonly KernelType Int32 = Scalar("int", IrType.I32, IrType.I32, signed: true);
    internal static readonly KernelType UInt32 = Scalar("uint", IrType.I32, IrType.I32, signed: false);
    internal static readonly KernelType Int64 = Scalar("long", IrType.I64, IrType.I64, signed: true);
    internal static readonly KernelType UInt64 = Scalar("ulong", IrType.I64, IrType.I64, signed: false);
    internal static readonly KernelType Single = Scalar("float", IrType.F32, IrType.F32, signed: true);
    internal static readonly KernelType Double = Scalar("double", IrType.F64, IrType.F64, signed: true);
    internal static readonly KernelType Half = Scalar("Half", IrType.F16, IrType.F16, signed: true);
    internal static readonly KernelType BFloat16 = Scalar("BFloat16", IrType.BF16, IrType.BF16, signed: true);
    internal static readonly KernelType String = new("string", TypeShape.Unsupported);

    private readonly Dictionary<KernelType, KernelType> _views = [];
    private readonly Dictionary<KernelType, KernelType> _references = [];
    private readonly Dictionary<(KernelModule? Module, int Row, string Name), List<KernelType>> _structs = [];

    private readonly Dictionary<KernelModule, ModuleTypes> _providers = [];

    internal AssemblySet Assemblies { get; } = assemblies;

    /// <summary>Reads signatures of a module.</summary>
    internal ModuleTypes Of(KernelModule module)
    {
        if (!_providers.TryGetValue(module, out ModuleTypes? provider))
            _providers.Add(module, provider = new ModuleTypes(this, module));
        return provider;
    }

    /// <summary>The built-in type with that C# or framework name; null: none.</summary>
    internal static KernelType? BuiltIn(string fullName) => fullName switch
    {
        "System.Boolean" or "bool" => Bool,
        "System.Char" or "char" => Char,
        "System.SByte" or "sbyte" => SByte,
        "System.Byte" or "byte" => Byte,
        "System.Int16" or "short" => Int16,
        "System.UInt16" or "ushort" => UInt16,
        "System.Int32" or "int" => Int32,
        "System.UInt32" or "uint" => UInt32,
        "System.Int64" or "long" => Int64,
        "System.UInt64" or "ulong" => UInt64,
        "System.Single" or "float" => Single,
        "System.Double" or "double" => Double,
        "ILGPU.Half" => Half,
        "SRKernels.Intrinsics.BFloat16" => BFloat16,
        "System.MidpointRounding" => Int32,
        _ => null,
    };

    internal KernelType View(KernelType element)
    {
        if (_views.TryGetValue(element, out KernelType? view)) return view;
        view = new KernelType($"ArrayView<{element}>", TypeShape.View) { Element = element, Size = 16, Align = 8 };
        view.Leaves = [new TypeLeaf(null, 0, ""), new TypeLeaf(Int64, 8, "length")];
        _views.Add(element, view);
        return view;
    }

    internal KernelType Reference(KernelType target)
    {
        if (_references.TryGetValue(target, out KernelType? reference)) return reference;
        reference = new KernelType($"ref {target}", TypeShape.Reference) { Element = target, Size = 8, Align = 8 };
        reference.Leaves = [new TypeLeaf(null, 0, "")];
        _references.Add(target, reference);
        return reference;
    }

    /// <summary>A struct (or interface, class: unsupported as a value) with its arguments.</summary>
    internal KernelType Defined(KernelModule module, TypeDefinitionHandle handle, KernelType[] arguments)
    {
        string fullName = module.FullName(handle);
        if (BuiltIn(fullName) is { } builtIn) return builtIn;
        if (fullName == "ILGPU.ArrayView`1") return View(arguments[0]);
        var key = ((KernelModule?)module, MetadataTokensRow(handle), "");
        if (!_structs.TryGetValue(key, out List<KernelType>? known)) _structs.Add(key, known = []);
        foreach (KernelType candidate in known)
            if (candidate.Arguments.AsSpan().SequenceEqual(arguments))
                return candidate;

        MetadataReader metadata = module.Metadata;
        TypeDefinition definition = metadata.GetTypeDefinition(handle);
        string name = DisplayName(fullName, arguments);
        bool isInterface = definition.Attributes.HasFlag(TypeAttributes.Interface);
        string baseName = isInterface ? "" : BaseName(module, definition);
        if (baseName == "System.Enum") return EnumType(module, definition);
        var type = new KernelType(name, baseName == "System.ValueType" ? TypeShape.Struct : TypeShape.Unsupported)
        {
            Module = module,
            Handle = handle,
            Arguments = arguments,
        };
        known.Add(type);
        if (type.Shape == TypeShape.Struct) LayOut(type, definition);
        return type;
    }

    /// <summary>A tuple: System.ValueTuple, whose assembly is not opened.</summary>
    internal KernelType Tuple(KernelType[] items)
    {
        var key = ((KernelModule?)null, items.Length, "ValueTuple");
        if (!_structs.TryGetValue(key, out List<KernelType>? known)) _structs.Add(key, known = []);
        foreach (KernelType candidate in known)
            if (candidate.Arguments.AsSpan().SequenceEqual(items))
                return candidate;
        var type = new KernelType(
            $"({string.Join(", ", items.Select(i => i.Name))})", TypeShape.Struct) { Arguments = items };
        var fields = new (string Name, KernelType Type, int Offset)[items.Length];
        for (int i = 0; i < items.Length; i++) fields[i] = ($"Item{i + 1}", items[i], -1);
        Place(type, fields, pack: 8, size: 0);
        known.Add(type);
        return type;
    }

    internal static KernelType Primitive(PrimitiveTypeCode typeCode) => typeCode switch
    {
        PrimitiveTypeCode.Void => Void,
        PrimitiveTypeCode.Boolean => Bool,
        PrimitiveTypeCode.Char => Char,
        PrimitiveTypeCode.SByte => SByte,
        PrimitiveTypeCode.Byte => Byte,
        PrimitiveTypeCode.Int16 => Int16,
        PrimitiveTypeCode.UInt16 => UInt16,
        PrimitiveTypeCode.Int32 => Int32,
        PrimitiveTypeCode.UInt32 => UInt32,
        PrimitiveTypeCode.Int64 or PrimitiveTypeCode.IntPtr => Int64,
        PrimitiveTypeCode.UInt64 or PrimitiveTypeCode.UIntPtr => UInt64,
        PrimitiveTypeCode.Single => Single,
        PrimitiveTypeCode.Double => Double,
        PrimitiveTypeCode.String => String,
        _ => Unsupported(typeCode.ToString()),
    };

    internal static KernelType Unsupported(string name) => new(name, TypeShape.Unsupported);

    internal static string DisplayName(string fullName, KernelType[] arguments)
    {
        int dot = fullName.LastIndexOf('.');
        string name = fullName[(dot + 1)..];
        int tick = name.IndexOf('`');
        if (tick >= 0) name = name[..tick];
        return arguments.Length == 0 ? name : $"{name}<{string.Join(", ", arguments.Select(a => a.Name))}>";
    }

    private static KernelType Scalar(string name, IrType value, IrType memory, bool signed)
    {
        var type = new KernelType(
            name, TypeShape.Scalar) { Value = value, Memory = memory, Signed = signed, Size = memory.Bytes,
            Align = memory.Bytes };
        type.Leaves = [new TypeLeaf(type, 0, "")];
        return type;
    }

    private static int MetadataTokensRow(TypeDefinitionHandle handle) =>
        System.Reflection.Metadata.Ecma335.MetadataTokens.GetRowNumber(handle);

    private static string BaseName(KernelModule module, TypeDefinition definition) => definition.BaseType.Kind switch
    {
        HandleKind.TypeReference => module.FullName((TypeReferenceHandle)definition.BaseType),
        HandleKind.TypeDefinition => module.FullName((TypeDefinitionHandle)definition.BaseType),
        _ => "",
    };

    private KernelType EnumType(KernelModule module, TypeDefinition definition)
    {
        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = module.Metadata.GetFieldDefinition(handle);
            if (!field.Attributes.HasFlag(FieldAttributes.Static))
                return field.DecodeSignature(Of(module), new GenericContext(module, [], []));
        }

        return Int32;
    }

    private void LayOut(KernelType type, TypeDefinition definition)
    {
        var context = new GenericContext(type.Module!, type.Arguments, []);
        var fields = new List<(string, KernelType, int)>();
        bool isExplicit = (definition.Attributes & TypeAttributes.LayoutMask) == TypeAttributes.ExplicitLayout;
        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = type.Module!.Metadata.GetFieldDefinition(handle);
            if (field.Attributes.HasFlag(FieldAttributes.Static)) continue;
            KernelType fieldType = field.DecodeSignature(Of(type.Module!), context);
            fields.Add((type.Module.Metadata.GetString(field.Name), fieldType, isExplicit ? field.GetOffset() : -1));
        }

        TypeLayout layout = definition.GetLayout();
        Place(type, fields.ToArray(), layout.PackingSize is 0 ? 8 : layout.PackingSize, layout.Size);
    }

    private static void Place(KernelType type, (string Name, KernelType Type, int Offset)[] fields, int pack, int size)
    {
        var placed = new TypeField[fields.Length];
        var leaves = new List<TypeLeaf>();
        int end = 0;
        for (int i = 0; i < fields.Length; i++)
        {
            (string name, KernelType fieldType, int offset) = fields[i];
            int align = Math.Max(1, Math.Min(fieldType.Align, pack));
            type.Align = Math.Max(type.Align, align);
            if (offset < 0) offset = (end + align - 1) / align * align;
            else if (offset < end) type.IsUnion = true;
            placed[i] = new TypeField(name, fieldType, offset, leaves.Count);
            foreach (TypeLeaf leaf in fieldType.Leaves)
                leaves.Add(
                    leaf with { Offset = offset + leaf.Offset, Path = leaf.Path.Length == 0 ? name
                    : $"{name}.{leaf.Path}" });
            end = Math.Max(end, offset + fieldType.Size);
        }

        end = (end + type.Align - 1) / type.Align * type.Align;
        type.Size = Math.Max(Math.Max(end, size), 1);
        type.Fields = placed;
        type.Leaves = leaves.ToArray();
    }
}

/// <summary>The provider with the module at hand, which signatures need to resolve their tokens.</summary>
internal sealed class ModuleTypes(TypeTable table, KernelModule module) : ISignatureTypeProvider<KernelType,
    GenericContext>
{
    public KernelType GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        reader.GetTypeDefinition(handle).GetGenericParameters().Count > 0 ? Open(module, handle) : table.Defined(
            module, handle, []);

    public KernelType GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        string fullName = module.FullName(handle);
        if (TypeTable.BuiltIn(fullName) is { } builtIn) return builtIn;
        if (!table.Assemblies.TryResolve(module, handle, out KernelModule definer, out TypeDefinitionHandle type))
            return TypeTable.Unsupported(fullName);
        return definer.Metadata.GetTypeDefinition(type).GetGenericParameters().Count > 0 ? Open(definer, type)
            : table.Defined(definer, type, []);
    }

    public KernelType GetGenericInstantiation(KernelType genericType, ImmutableArray<KernelType> typeArguments)
    {
        KernelType[] arguments = [.. typeArguments];
        if (genericType.Module is { } definer) return table.Defined(definer, genericType.Handle, arguments);
        if (genericType.Name.StartsWith("System.ValueTuple`", StringComparison.Ordinal)) return table.Tuple(arguments);
        return new KernelType(TypeTable.DisplayName(genericType.Name, arguments), TypeShape.Unsupported) { Arguments =
            arguments };
    }

    public KernelType GetTypeFromSpecification(
        MetadataReader reader, GenericContext genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public KernelType GetPrimitiveType(PrimitiveTypeCode typeCode) => TypeTable.Primitive(typeCode);

    public KernelType GetSZArrayType(KernelType elementType) => TypeTable.Unsupported($"{elementType}[]");

    public KernelType GetArrayType(KernelType elementType, ArrayShape shape) =>
        TypeTable.Unsupported($"{elementType}[,]");

    public KernelType GetByReferenceType(KernelType elementType) => table.Reference(elementType);

    /// <summary>Raw pointers occur in the language's own bodies; to kernels they are addresses.</summary>
    public KernelType GetPointerType(KernelType elementType) => table.Reference(elementType);

    public KernelType GetPinnedType(KernelType elementType) => elementType;

    public KernelType GetGenericTypeParameter(GenericContext genericContext, int index) =>
        genericContext.TypeArguments[index];

    public KernelType GetGenericMethodParameter(GenericContext genericContext, int index) =>
        genericContext.MethodArguments[index];

    public KernelType GetFunctionPointerType(MethodSignature<KernelType> signature) =>
        TypeTable.Unsupported("delegate*");

    public KernelType GetModifiedType(KernelType modifier, KernelType unmodifiedType, bool isRequired) =>
        unmodifiedType;

    /// <summary>A generic definition before its arguments are known: only a name for <see
    /// cref="GetGenericInstantiation"/>.</summary>
    private static KernelType Open(KernelModule definer, TypeDefinitionHandle handle) =>
        new(definer.FullName(handle), TypeShape.Unsupported) { Module = definer, Handle = handle };
}
