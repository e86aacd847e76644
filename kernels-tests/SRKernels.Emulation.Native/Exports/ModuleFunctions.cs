using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Modules and their functions.</summary>
internal static unsafe class ModuleFunctions
{
    private const int MaxDynamicSharedBytes = 8;
    private const int PreferredCarveout = 9;

    // What the first bytes say when an image is no text: ELF, and NVIDIA's container of several images.
    private static ReadOnlySpan<byte> ElfMagic => [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    private static ReadOnlySpan<byte> FatBinaryMagic => [0x50, 0xED, 0x55, 0xBA];

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadData")]
    public static CuResult Load(nint* module, byte* image) => Boundary.InContext(context => Load(context, module, image, new JitLog(0, null, null)));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadDataEx")]
    public static CuResult LoadWithOptions(nint* module, byte* image, uint count, int* options, nint* values) =>
        Boundary.InContext(context => Load(context, module, image, new JitLog(count, options, values)));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleUnload")]
    public static CuResult Unload(nint module) => Boundary.InContext(_ => Machine.Running.Get<EmulatedModule>(module).Unload());

    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetFunction")]
    public static CuResult GetFunction(nint* function, nint module, byte* name) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)function, (nint)name);
        *function = Machine.Running.Get<EmulatedModule>(module).Function(Marshal.PtrToStringUTF8((nint)name)!);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncGetAttribute")]
    public static CuResult GetAttribute(int* value, int attribute, nint function) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)value);
        *value = Machine.Running.Get<EmulatedFunction>(function).Attribute(attribute);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncSetAttribute")]
    public static CuResult SetAttribute(nint function, int attribute, int value) => Boundary.InContext(_ =>
    {
        var found = Machine.Running.Get<EmulatedFunction>(function);
        if (attribute == MaxDynamicSharedBytes) found.MostDynamicSharedBytes = value;
        else if (attribute != PreferredCarveout || value is < -1 or > 100) throw new CuFailure(CuResult.InvalidValue);
    });

    private static void Load(EmulatedContext context, nint* module, byte* image, JitLog log)
    {
        Boundary.Require((nint)module, (nint)image);
        StreamCapture.ThrowIfUnsafe(context);
        if (Starts(image, ElfMagic) || Starts(image, FatBinaryMagic))
        {
            log.Error("expected PTX text, got machine code; the PTX emulator runs text alone");
            throw new CuFailure(CuResult.InvalidImage);
        }

        *module = Machine.Running.Add(EmulatedModule.Load(context, Marshal.PtrToStringUTF8((nint)image)!, log));
    }

    private static bool Starts(byte* image, ReadOnlySpan<byte> magic)
    {
        for (var i = 0; i < magic.Length; i++)
            if (image[i] != magic[i]) return false; // a text may end before the magic does
        return true;
    }
}
