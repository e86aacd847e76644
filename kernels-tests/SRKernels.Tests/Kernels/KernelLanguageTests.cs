using System.Reflection;
using System.Reflection.Emit;
using SRKernels.Kernels;
using SRKernels.Intrinsics;
using SRKernels.Tests.Ilgpu;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>
/// The shipped kernels stay inside ILGPU 1.5.3's kernel language, so that its own compiler takes them too: the members of its two assemblies, our
/// intrinsics, which we register there, and the parts of System that it maps; at most 14 parameters; nothing thrown, caught, allocated or called by pointer.
/// </summary>
public sealed class KernelLanguageTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const int MostParameters = 14;
    private static readonly Assembly s_kernels = typeof(KernelContext).Assembly;
    private static readonly Assembly[] s_language = [typeof(ILGPU.Group).Assembly, typeof(ILGPU.Algorithms.XMath).Assembly];
    private static readonly Assembly s_intrinsics = typeof(KernelAttribute).Assembly;
    private static readonly OpCode[] s_refused =
    [
        OpCodes.Throw, OpCodes.Rethrow, OpCodes.Newarr, OpCodes.Localloc, OpCodes.Ldftn, OpCodes.Ldvirtftn, OpCodes.Calli, OpCodes.Box, OpCodes.Ldstr,
        OpCodes.Stsfld, OpCodes.Castclass, OpCodes.Isinst,
    ];

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    [Fact]
    public void EveryKernelUsesOnlyListedMembersAndFeatures()
    {
        var kernels = s_kernels.GetTypes().SelectMany(t => t.GetMethods(All)).Where(m => m.GetCustomAttribute<KernelAttribute>() is not null).ToArray();
        Assert.True(kernels.Length > 30, $"only {kernels.Length} kernels found");
        var wrong = new List<string>();
        var seen = new HashSet<MethodBase>();
        foreach (var kernel in kernels)
        {
            if (!kernel.IsStatic || kernel.ReturnType != typeof(void)) wrong.Add($"{Name(kernel)}: not a static void method");
            if (kernel.GetParameters().Length > MostParameters) wrong.Add($"{Name(kernel)}: {kernel.GetParameters().Length} parameters");
            Walk(kernel, seen, wrong);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData(nameof(RefusedSpellings.ClampsByTheRuntimesMethod), "System.Math.Clamp")]
    [InlineData(nameof(RefusedSpellings.Throws), "throw")]
    public void TheRuleFindsIt(string kernel, string what)
    {
        var wrong = new List<string>();
        Walk(typeof(RefusedSpellings).GetMethod(kernel, All)!, [], wrong);
        Assert.Contains(wrong, w => w.Contains(what, StringComparison.Ordinal));
    }

    private static void Walk(MethodBase method, HashSet<MethodBase> seen, List<string> wrong)
    {
        if (!seen.Add(method) || method.GetMethodBody() is not { } body) return;
        if (body.ExceptionHandlingClauses.Count > 0) wrong.Add($"{Name(method)}: try");
        foreach (var (code, token) in Instructions(body.GetILAsByteArray()!))
        {
            if (s_refused.Contains(code)) wrong.Add($"{Name(method)}: {code.Name}");
            if (code.OperandType != OperandType.InlineMethod) continue;
            var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
            var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
            var callee = method.Module.ResolveMethod(token, typeArguments, methodArguments)!;
            var home = callee.Module.Assembly;
            if (home == s_kernels) Walk(callee, seen, wrong);
            else if (!s_language.Contains(home) && home != s_intrinsics && !IsMapped(callee)) wrong.Add($"{Name(method)} calls {Name(callee)}");
        }
    }

    // ILGPU remaps Math and MathF to its own functions, but for Math.Clamp, whose body throws: XMath.Clamp. A tuple's constructor is plain IL that stores fields.
    private static bool IsMapped(MethodBase callee) =>
        callee.DeclaringType is { } type
        && ((type == typeof(Math) && callee.Name != nameof(Math.Clamp)) || type == typeof(MathF) || type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal));

    private static IEnumerable<(OpCode Code, int Token)> Instructions(byte[] il)
    {
        var i = 0;
        while (i < il.Length)
        {
            short value = il[i++];
            if (value == 0xFE) value = (short)(0xFE00 | il[i++]);
            var code = s_opCodes[value];
            var size = code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
            yield return (code, size == 4 ? BitConverter.ToInt32(il, i) : 0);
            i += size;
        }
    }

    private static string Name(MethodBase method) => $"{method.DeclaringType?.FullName}.{method.Name}";
}
