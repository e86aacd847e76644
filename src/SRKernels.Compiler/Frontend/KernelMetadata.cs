using System.Reflection.Metadata;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Frontend;

/// <summary>What [Kernel] says, read from the file.</summary>
internal static class KernelMetadata
{
    /// <summary>The kernel's declared properties; defaults where it has no attribute.</summary>
    internal static KernelInfo Read(KernelModule module, MethodInstance kernel, string entryName)
    {
        var info = new KernelInfo(entryName);
        MetadataReader metadata = module.Metadata;
        foreach (CustomAttributeHandle handle in metadata.GetMethodDefinition(kernel.Handle).GetCustomAttributes())
        {
            CustomAttribute attribute = metadata.GetCustomAttribute(handle);
            if (NameOf(module, attribute) != "SRKernels.Language.KernelAttribute") continue;
            foreach (CustomAttributeNamedArgument<string> argument in attribute.DecodeValue(new AttributeTypes(module)).NamedArguments)
                info = argument.Name switch
                {
                    "Name" when argument.Value is string name => info with { Name = name },
                    "Sm" => info with { LowestTarget = (int)argument.Value! },
                    "MaxThreads" => info with { MaxThreads = (int)argument.Value! },
                    "MinGroups" => info with { MinGroups = (int)argument.Value! },
                    _ => info,
                };
        }

        return info;
    }

    private static string NameOf(KernelModule module, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
            return module.FullName(module.Metadata.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType());
        EntityHandle parent = module.Metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        return parent.Kind == HandleKind.TypeReference ? module.FullName((TypeReferenceHandle)parent) : "";
    }

    /// <summary>Attribute arguments as text types; the enums of our attributes are none, so sizes never matter.</summary>
    private sealed class AttributeTypes(KernelModule module) : ICustomAttributeTypeProvider<string>
    {
        private readonly SignatureText _text = new(module);

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => _text.GetPrimitiveType(typeCode);

        public string GetSystemType() => "System.Type";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => module.FullName(handle);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => module.FullName(handle);

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "System.Type";
    }
}
