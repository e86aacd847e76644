using System.Collections.Immutable;
using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>What [Kernel] and [Specialize] say, read from the file.</summary>
internal static class KernelMetadata
{
    /// <summary>The kernel's declared properties; defaults where it has no attribute.</summary>
    /// <param name="module">The file.</param>
    /// <param name="kernel">The method.</param>
    /// <param name="name">Its name where none is declared.</param>
    /// <param name="entryName">From a name to the entry point of the requested variant: a declared name is told apart by variant too.</param>
    internal static KernelInfo Read(KernelModule module, MethodInstance kernel, string name, Func<string, string> entryName)
    {
        var info = new KernelInfo(entryName(name));
        MetadataReader metadata = module.Metadata;
        foreach (CustomAttributeHandle handle in metadata.GetMethodDefinition(kernel.Handle).GetCustomAttributes())
        {
            CustomAttribute attribute = metadata.GetCustomAttribute(handle);
            if (NameOf(module, attribute) != "SRKernels.Intrinsics.KernelAttribute") continue;
            foreach (CustomAttributeNamedArgument<string> argument in attribute.DecodeValue(
                new AttributeTypes(module)).NamedArguments)
                info = argument.Name switch
                {
                    "Name" when argument.Value is string declared => info with { Name = entryName(declared) },
                    "Sm" => info with { LowestTarget = (int)argument.Value! },
                    "MaxThreads" => info with { MaxThreads = (int)argument.Value! },
                    "Contract" => info with { Contract = (bool)argument.Value! },
                    "MinGroups" => info with { MinGroups = (int)argument.Value! },
                    _ => info,
                };
        }

        return info;
    }

    /// <summary>Every [Kernel] of an assembly, generic or specialised ones once per [Specialize], in order of
    /// definition.</summary>
    internal static IReadOnlyList<KernelRequest> List(KernelModule module)
    {
        var kernels = new List<KernelRequest>();
        MetadataReader metadata = module.Metadata;
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            bool isKernel = false;
            var variants = new List<(string[] Types, long[] Values)>();
            foreach (CustomAttributeHandle attributeHandle in method.GetCustomAttributes())
            {
                CustomAttribute attribute = metadata.GetCustomAttribute(attributeHandle);
                string name = NameOf(module, attribute);
                isKernel |= name == "SRKernels.Intrinsics.KernelAttribute";
                if (name == "SRKernels.Intrinsics.SpecializeAttribute")
                    variants.Add(Variant(attribute.DecodeValue(new AttributeTypes(module))));
            }

            if (!isKernel) continue;
            var request = new KernelRequest(
                module.Path, module.FullName(method.GetDeclaringType()), metadata.GetString(method.Name));
            if (variants.Count == 0 && method.GetGenericParameters().Count == 0) kernels.Add(request);
            foreach ((string[] types, long[] values) in variants)
                kernels.Add(request with { TypeArguments = types, Specialized = values });
        }

        return kernels;
    }

    private static (string[] Types, long[] Values) Variant(CustomAttributeValue<string> attribute)
    {
        string[] types =
            attribute.FixedArguments is [{ Value: ImmutableArray<CustomAttributeTypedArgument<string>> given }]
            ? [.. given.Select(t => TypeName((string)t.Value!))]
            : [];
        long[] values = [];
        foreach (CustomAttributeNamedArgument<string> argument in attribute.NamedArguments)
            if (argument is { Name: "Values", Value: ImmutableArray<CustomAttributeTypedArgument<string>> items })
                values = [.. items.Select(i => Bits(i.Value))];
        return (types, values);
    }

    /// <summary>A serialised type name without its assembly.</summary>
    private static string TypeName(string serialised)
    {
        int comma = serialised.IndexOf(',', StringComparison.Ordinal);
        return comma < 0 ? serialised : serialised[..comma];
    }

    private static long Bits(object? value) => value switch
    {
        float f => BitConverter.SingleToInt32Bits(f),
        double d => BitConverter.DoubleToInt64Bits(d),
        bool b => b ? 1 : 0,
        ulong u => (long)u,
        _ => Convert.ToInt64(value),
    };

    private static string NameOf(KernelModule module, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
            return module.FullName(module.Metadata.GetMethodDefinition(
                (MethodDefinitionHandle)attribute.Constructor).GetDeclaringType());
        EntityHandle parent = module.Metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        return parent.Kind == HandleKind.TypeReference ? module.FullName((TypeReferenceHandle)parent) : "";
    }

    /// <summary>Attribute arguments as text types; the enums of our attributes are none, so sizes never
    /// matter.</summary>
    private sealed class AttributeTypes(KernelModule module) : ICustomAttributeTypeProvider<string>
    {
        private readonly SignatureText _text = new(module);

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => _text.GetPrimitiveType(typeCode);

        public string GetSystemType() => "System.Type";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            module.FullName(handle);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            module.FullName(handle);

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "System.Type";
    }
}
