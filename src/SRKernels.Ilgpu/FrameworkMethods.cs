using System.Reflection;
using ILGPU;
using ILGPU.Frontend.Intrinsic;
using ILGPU.IR.Intrinsics;

namespace SRKernels.Ilgpu;

/// <summary>Methods of the framework that kernels may call, as our own compiler takes them, and ILGPU does not by itself.</summary>
internal static class FrameworkMethods
{
    /// <summary>Adds them to ILGPU's table.</summary>
    public static void Remap()
    {
        Type f = typeof(float), d = typeof(double), i = typeof(int), u = typeof(uint), l = typeof(long), ul = typeof(ulong);
        Remap(typeof(MathF), nameof(MathF.FusedMultiplyAdd), f, f, f);
        Remap(typeof(Math), nameof(Math.FusedMultiplyAdd), d, d, d);
        foreach (var type in new[] { i, u, l, ul, f, d }) RemappedIntrinsics.AddRemapping(typeof(Math), typeof(IntrinsicMath), nameof(Math.Clamp), [type, type, type]);
        Remap(typeof(BitConverter), nameof(BitConverter.SingleToUInt32Bits), f);
        Remap(typeof(BitConverter), nameof(BitConverter.UInt32BitsToSingle), u);
        Remap(typeof(BitConverter), nameof(BitConverter.DoubleToUInt64Bits), d);
        Remap(typeof(BitConverter), nameof(BitConverter.UInt64BitsToDouble), ul);
    }

    private static void Remap(Type source, string method, params Type[] parameters) =>
        RemappedIntrinsics.AddRemapping(source, typeof(DeviceBits), method, parameters);
}

/// <summary>What stands for them in kernels: instructions of their own, or ILGPU's words.</summary>
internal static class DeviceBits
{
    [IntrinsicImplementation]
    public static float FusedMultiplyAdd(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);

    [IntrinsicImplementation]
    public static double FusedMultiplyAdd(double x, double y, double z) => Math.FusedMultiplyAdd(x, y, z);

    public static uint SingleToUInt32Bits(float value) => Interop.FloatAsInt(value);

    public static float UInt32BitsToSingle(uint value) => Interop.IntAsFloat(value);

    public static ulong DoubleToUInt64Bits(double value) => Interop.FloatAsInt(value);

    public static double UInt64BitsToDouble(ulong value) => Interop.IntAsFloat(value);
}
