using System.Reflection;
using System.Runtime.InteropServices;

namespace SRKernels.Runtime;

/// <summary>Maps the names in our import declarations to the driver libraries of each operating system.</summary>
internal static class DriverLibraries
{
    private static readonly Lock s_once = new();
    private static bool s_registered;

    private static readonly (string Name, string[] Linux, string[] Windows, string[] Mac)[] s_candidates =
    [
        ("OpenCL", ["libOpenCL.so.1", "libOpenCL.so"], ["OpenCL.dll"], ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]),
        ("cuda", ["libcuda.so.1", "libcuda.so"], ["nvcuda.dll"], []),
    ];

    /// <summary>Installs the resolver; later calls do nothing.</summary>
    public static void Register()
    {
        lock (s_once)
        {
            if (s_registered) return;
            NativeLibrary.SetDllImportResolver(typeof(DriverLibraries).Assembly, Resolve);
            s_registered = true;
        }
    }

    /// <summary>Whether a driver library can be loaded at all.</summary>
    public static bool IsPresent(string name)
    {
        Register();
        return TryLoad(name, out _);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        TryLoad(name, out var handle) ? handle : 0; // 0: the runtime's own search goes on, and its error names the library

    private static bool TryLoad(string name, out nint handle)
    {
        handle = 0;
        foreach (var (candidate, linux, windows, mac) in s_candidates)
        {
            if (candidate != name) continue;
            var files = OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? mac : linux;
            foreach (var file in files)
                if (NativeLibrary.TryLoad(file, out handle)) return true;
        }

        return false;
    }
}
