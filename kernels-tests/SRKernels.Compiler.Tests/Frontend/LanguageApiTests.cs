using System.Reflection;
using ILGPU;
using SRKernels.Compiler.Frontend;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

/// <summary>The compiler knows language members by their full signatures, as the package spells them.</summary>
public class LanguageApiTests
{
    /// <summary>A row of the intrinsics whose key names no method would never be used.</summary>
    [Fact]
    public void EveryIntrinsicOfTheLanguageNamesAMethodThatExists()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (Assembly assembly in new[]
        {
            typeof(Group).Assembly, typeof(ILGPU.Algorithms.XMath).Assembly, typeof(SRKernels.Intrinsics.TensorCore).Assembly,
        })
            foreach (Type type in assembly.GetTypes())
                foreach (MethodBase method in type.GetMembers(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).OfType<MethodInfo>())
                    known.Add(KeyOf((MethodInfo)method));
        string[] lost = [.. Translator.Intrinsics.Keys.Where(
            k => !k.StartsWith("System.", StringComparison.Ordinal) && !known.Contains(k))];
        Assert.True(lost.Length == 0, "intrinsics without a method:\n" + string.Join('\n', lost));
    }

    private static string KeyOf(MethodInfo method)
    {
        string arity = method.IsGenericMethod ? $"<{method.GetGenericArguments().Length}>" : "";
        return $"{method.DeclaringType!.FullName}.{method.Name}{arity}({Parameters(method)}):{NameOf(method.ReturnType)}";
    }

    private static string Parameters(MethodBase method) =>
        string.Join(',', method.GetParameters().Select(p => NameOf(p.ParameterType)));

    private static string NameOf(Type type)
    {
        if (type.IsByRef) return "ref " + NameOf(type.GetElementType()!);
        if (type.IsGenericMethodParameter) return "!!" + type.GenericParameterPosition;
        if (type.IsGenericTypeParameter) return "!" + type.GenericParameterPosition;
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (type.IsGenericType)
            return $"{type.GetGenericTypeDefinition().FullName}<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>";
        return type.FullName switch
        {
            "System.Void" => "void",
            "System.Boolean" => "bool",
            "System.Char" => "char",
            "System.SByte" => "sbyte",
            "System.Byte" => "byte",
            "System.Int16" => "short",
            "System.UInt16" => "ushort",
            "System.Int32" => "int",
            "System.UInt32" => "uint",
            "System.Int64" => "long",
            "System.UInt64" => "ulong",
            "System.Single" => "float",
            "System.Double" => "double",
            "System.String" => "string",
            "System.Object" => "object",
            _ => type.FullName ?? type.Name,
        };
    }
}
