using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using ILGPU.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Ilgpu.Kernels;

/// <summary>
/// A static method for each variant of a kernel, which calls the kernel with the constants of its <c>SpecializedValue</c> parameters: ILGPU inlines the
/// one into the other, so that sizes and trips are constants to it. What is left as parameters are views and numbers.
/// </summary>
/// <remarks>
/// ILGPU's own launchers specialise at the first launch, one per value, and keep the delegate type of the caller; a key names a variant before anything
/// is launched, and there is no delegate type.
/// </remarks>
internal sealed class KernelWrappers
{
    private readonly ModuleBuilder _module;
    private readonly AssemblyBuilder _assembly;
    private readonly HashSet<string> _visible = new(StringComparer.Ordinal);
    private int _made;

    public KernelWrappers()
    {
        _assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("SRKernels.Ilgpu.Wrappers"), AssemblyBuilderAccess.Run);
        _module = _assembly.DefineDynamicModule("SRKernels.Ilgpu.Wrappers");
    }

    /// <summary>The method for a variant.</summary>
    /// <param name="kernel">The kernel with its type arguments.</param>
    /// <param name="key">Its specialised values.</param>
    public MethodInfo Make(MethodInfo kernel, KernelKey key)
    {
        See(kernel.Module.Assembly);
        var parameters = kernel.GetParameters();
        Type[] free = [.. parameters.Select(p => p.ParameterType).Where(type => !KernelMethods.IsSpecialized(type))];
        var name = NameOf(kernel, key);
        var type = _module.DefineType(string.Create(CultureInfo.InvariantCulture, $"Variant{_made++}"), TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        var method = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(void), free);
        var il = method.GetILGenerator();
        short argument = 0;
        var value = 0;
        foreach (var parameter in parameters)
        {
            if (KernelMethods.IsSpecialized(parameter.ParameterType)) Constant(il, parameter.ParameterType, key.Specialized[value++]);
            else il.Emit(OpCodes.Ldarg, argument++);
        }

        il.Emit(OpCodes.Call, kernel);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetMethod(name)!;
    }

    /// <summary>Letters, digits and underscores, as PTX wants them.</summary>
    private static string NameOf(MethodInfo kernel, KernelKey key)
    {
        var name = $"{kernel.DeclaringType!.Name}_{kernel.Name}";
        foreach (var type in key.TypeArguments) name += "_" + type[(type.LastIndexOfAny(['.', '+']) + 1)..];
        foreach (var value in key.Specialized) name += string.Create(CultureInfo.InvariantCulture, $"_{value}");
        return string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
    }

    private static void Constant(ILGenerator il, Type specialized, long bits)
    {
        var type = specialized.GetGenericArguments()[0];
        switch (Type.GetTypeCode(type))
        {
            case TypeCode.Single:
                il.Emit(OpCodes.Ldc_R4, BitConverter.Int32BitsToSingle((int)bits));
                break;
            case TypeCode.Double:
                il.Emit(OpCodes.Ldc_R8, BitConverter.Int64BitsToDouble(bits));
                break;
            case TypeCode.Int64 or TypeCode.UInt64:
                il.Emit(OpCodes.Ldc_I8, bits);
                break;
            default:
                il.Emit(OpCodes.Ldc_I4, (int)bits);
                break;
        }

        il.Emit(OpCodes.Newobj, specialized.GetConstructor([type])!);
    }

    /// <summary>Kernels are internal as a rule: the wrappers may call them whatever the assembly says, when the CPU accelerator runs them.</summary>
    private void See(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        if (!_visible.Add(name)) return;
        var constructor = typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
        _assembly.SetCustomAttribute(new CustomAttributeBuilder(constructor, [name]));
    }
}
