using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu.Kernels;

/// <summary>From flattened arguments to those that ILGPU's launcher takes: views over buffers, numbers in their own types.</summary>
internal sealed class KernelLaunchArguments
{
    private delegate object MakeView(MemoryBuffer buffer, long offsetBytes, long length);

    private readonly MakeView?[] _views;
    private readonly Type[] _types;

    public KernelLaunchArguments(KernelSignature signature)
    {
        _types = [.. signature.Parameters.Select(p => p.Type)];
        _views = [.. signature.Parameters.Select(p => p.Element is null ? null : ViewMaker(p.Element))];
    }

    /// <summary>The launcher's arguments.</summary>
    /// <param name="items">Flattened; checked against the kernel before.</param>
    /// <param name="bufferOf">ILGPU's buffer of a device's.</param>
    public object[] Of(ReadOnlySpan<KernelArguments.Item> items, Func<DeviceBuffer, MemoryBuffer> bufferOf)
    {
        var result = new object[_types.Length];
        var at = 0;
        for (var i = 0; i < result.Length; i++)
        {
            if (_views[i] is { } view)
            {
                result[i] = view(bufferOf(items[at].Buffer!), items[at].Bits, items[at + 1].Bits);
                at += 2;
            }
            else result[i] = Number(_types[i], items[at++].Bits);
        }

        return result;
    }

    private static object Number(Type type, long bits) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => (byte)bits != 0,
        TypeCode.SByte => (sbyte)bits,
        TypeCode.Byte => (byte)bits,
        TypeCode.Int16 => (short)bits,
        TypeCode.UInt16 => (ushort)bits,
        TypeCode.Char => (char)bits,
        TypeCode.Int32 => (int)bits,
        TypeCode.UInt32 => (uint)bits,
        TypeCode.UInt64 => (ulong)bits,
        TypeCode.Single => BitConverter.Int32BitsToSingle((int)bits),
        TypeCode.Double => BitConverter.Int64BitsToDouble(bits),
        _ => bits,
    };

    private static MakeView ViewMaker(Type element) =>
        typeof(KernelLaunchArguments).GetMethod(nameof(View), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element).CreateDelegate<MakeView>();

    private static object View<T>(MemoryBuffer buffer, long offsetBytes, long length)
        where T : unmanaged
    {
        var size = Interop.SizeOf<T>();
        if (offsetBytes % size != 0) throw new ArgumentException($"a view of {typeof(T).Name}: expected an offset that is a multiple of {size} bytes, got {offsetBytes}");
        return new ArrayView<T>(buffer, offsetBytes / size, length);
    }
}
