using System.Reflection;
using ILGPU;
using SRKernels.Compiler.Frontend;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

/// <summary>
/// ilgpu-members.txt holds ILGPU 1.5.3's members that our SRKernels.Language may declare, written out from the
/// published facts about the package (overload families spelled out). A member that the package does not have would
/// make a kernel that compiles here and not there.
/// </summary>
public class LanguageApiTests
{
    private static readonly HashSet<string> s_listed = [.. ReadList()];

    [Fact]
    public void EveryPublicMemberInIlgpusNamespacesIsListed()
    {
        string[] unknown = [.. Declared().Where(m => !s_listed.Contains(m))];
        Assert.True(unknown.Length == 0, "not in ilgpu-members.txt:\n" + string.Join('\n', unknown));
    }

    [Fact]
    public void TheAssemblyDeclaresNothingPublicOutsideIlgpusNamespaces() =>
        Assert.All(typeof(Group).Assembly.GetExportedTypes(), t =>
            Assert.StartsWith("ILGPU", t.Namespace!, StringComparison.Ordinal));

    [Fact]
    public void TheListHasNoLineTwice() => Assert.Equal(ReadList().Count(), s_listed.Count);

    /// <summary>A row of the intrinsics whose key names no method would never be used.</summary>
    [Fact]
    public void EveryIntrinsicOfTheLanguageNamesAMethodThatExists()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (Assembly assembly in new[] { typeof(Group).Assembly, typeof(SRKernels.Language.TensorCore).Assembly })
            foreach (Type type in assembly.GetTypes())
                foreach (MethodBase method in type.GetMembers(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).OfType<MethodInfo>())
                    known.Add(KeyOf((MethodInfo)method));
        string[] lost = [.. Translator.Intrinsics.Keys.Where(
            k => !k.StartsWith("System.", StringComparison.Ordinal) && !known.Contains(k))];
        Assert.True(lost.Length == 0, "intrinsics without a method:\n" + string.Join('\n', lost));
    }

    private static IEnumerable<string> ReadList()
    {
        using var reader = new StreamReader(
            typeof(LanguageApiTests).Assembly.GetManifestResourceStream("ilgpu-members.txt")!);
        foreach (string line in reader.ReadToEnd().Split('\n'))
            if (line.Trim() is { Length: > 0 } member && !member.StartsWith('#'))
                yield return member;
    }

    private static IEnumerable<string> Declared()
    {
        const BindingFlags Own =
            BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (Type type in typeof(Group).Assembly.GetExportedTypes())
        {
            foreach (ConstructorInfo constructor in type.GetConstructors(Own))
                yield return $"{type.FullName}..ctor({Parameters(constructor)})";
            foreach (FieldInfo field in type.GetFields(Own))
                yield return $"{type.FullName}.{field.Name}:{NameOf(field.FieldType)}";
            foreach (MethodInfo method in type.GetMethods(Own))
            {
                // Every struct has these by nature.
                if (method.Name is "Equals" or "GetHashCode" or "ToString") continue;
                string arity = method.IsGenericMethod ? $"<{method.GetGenericArguments().Length}>" : "";
                yield return $"{(method.IsStatic ? "static " : "")}{type.FullName}.{method.Name}{arity}({Parameters(method)}):{NameOf(method.ReturnType)}";
            }
        }
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
