using System.Reflection;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Ilgpu.Kernels;

/// <summary>From a kernel's key to the method that ILGPU compiles.</summary>
internal static class KernelMethods
{
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The kernel with its type arguments.</summary>
    /// <exception cref="SrkException">There is no such kernel.</exception>
    public static MethodInfo Find(Assembly assembly, KernelKey key)
    {
        var type = assembly.GetType(key.TypeName) ?? throw Missing(key, $"a type {key.TypeName} in {assembly.GetName().Name}", "none");
        var method = Array.Find(type.GetMethods(AnyStatic), m => m.Name == key.MethodName) ?? throw Missing(key, $"a static method {key.MethodName} of {key.TypeName}", "none");
        var arguments = key.TypeArguments.Select(name => TypeOf(assembly, name) ?? throw Missing(key, $"a type argument that {assembly.GetName().Name} knows", name)).ToArray();
        var wanted = method.IsGenericMethodDefinition ? method.GetGenericArguments().Length : 0;
        if (wanted != arguments.Length) throw Missing(key, $"{wanted} type arguments", $"{arguments.Length}");
        if (wanted != 0) method = method.MakeGenericMethod(arguments);
        var specialized = method.GetParameters().Count(p => IsSpecialized(p.ParameterType));
        return specialized == key.Specialized.Count ? method : throw Missing(key, $"{specialized} specialised values", $"{key.Specialized.Count}");
    }

    /// <summary>What [Kernel] says of it.</summary>
    public static KernelAttribute DeclarationOf(MethodInfo kernel) => kernel.GetCustomAttribute<KernelAttribute>() ?? new KernelAttribute();

    /// <summary>Launch bounds, as ILGPU takes them.</summary>
    public static KernelSpecialization BoundsOf(KernelAttribute declared) => new(
        declared.MaxThreads == 0 ? null : declared.MaxThreads, declared.MaxThreads == 0 || declared.MinGroups == 0 ? null : declared.MinGroups);

    /// <summary>Whether a parameter's value is fixed when the kernel is compiled.</summary>
    public static bool IsSpecialized(Type parameter) => parameter.IsGenericType && parameter.GetGenericTypeDefinition() == typeof(SpecializedValue<>);

    private static Type? TypeOf(Assembly assembly, string name)
    {
        var known = name switch
        {
            "bool" => typeof(bool),
            "sbyte" => typeof(sbyte),
            "byte" => typeof(byte),
            "short" => typeof(short),
            "ushort" => typeof(ushort),
            "int" => typeof(int),
            "uint" => typeof(uint),
            "long" => typeof(long),
            "ulong" => typeof(ulong),
            "float" => typeof(float),
            "double" => typeof(double),
            _ => Type.GetType(name) ?? assembly.GetType(name),
        };
        if (known is not null) return known;
        foreach (var reference in assembly.GetReferencedAssemblies())
            if (Assembly.Load(reference).GetType(name) is { } type) return type;
        return null;
    }

    private static SrkException Missing(KernelKey key, string expected, string got) =>
        new($"kernel {key}", expected, got, "check the name (nested types as Outer+Inner), its type arguments and values: srk kernels lists them");
}
