using System.Reflection;
using ILGPU;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu.Kernels;

/// <summary>What a kernel takes, as ILGPU sees it and flattened as <see cref="KernelArguments"/> are.</summary>
/// <param name="Parameters">Each parameter's type; of a view its element type in <see cref="Parameter.Element"/>.</param>
/// <param name="Flattened">Pointer and length for a view, one item for a number.</param>
internal sealed record KernelSignature(IReadOnlyList<KernelSignature.Parameter> Parameters, IReadOnlyList<KernelParameter> Flattened)
{
    /// <summary>The signature of a wrapper.</summary>
    public static KernelSignature Of(MethodInfo method)
    {
        var parameters = new List<Parameter>();
        var flattened = new List<KernelParameter>();
        foreach (var parameter in method.GetParameters())
        {
            var type = parameter.ParameterType;
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
            {
                parameters.Add(new Parameter(type, type.GetGenericArguments()[0]));
                flattened.Add(KernelParameter.Pointer);
                flattened.Add(KernelParameter.Int64);
                continue;
            }

            parameters.Add(new Parameter(type, null));
            flattened.Add(KindOf(type) ?? throw new NotSupportedException($"a parameter of type {type}: expected views and numbers"));
        }

        return new KernelSignature(parameters, flattened);
    }

    private static KernelParameter? KindOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean or TypeCode.SByte or TypeCode.Byte => KernelParameter.Int8,
        TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Char => KernelParameter.Int16,
        TypeCode.Int32 or TypeCode.UInt32 => KernelParameter.Int32,
        TypeCode.Int64 or TypeCode.UInt64 => KernelParameter.Int64,
        TypeCode.Single => KernelParameter.Float32,
        TypeCode.Double => KernelParameter.Float64,
        _ => null,
    };

    /// <summary>One parameter.</summary>
    /// <param name="Type">Its type.</param>
    /// <param name="Element">Of a view, what it holds.</param>
    internal sealed record Parameter(Type Type, Type? Element);
}
