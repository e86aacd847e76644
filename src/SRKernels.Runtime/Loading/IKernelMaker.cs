using System.Reflection;

namespace SRKernels.Runtime.Loading;

/// <summary>What the loader asks of the compiler, which is in a package of its own; see <see cref="CompilerPackage"/>.</summary>
internal interface IKernelMaker
{
    /// <summary>Everything that decides the image's text.</summary>
    string CacheKey(Assembly assembly, KernelKey key, DeviceInfo device);

    /// <summary>The kernel compiled for a device.</summary>
    KernelImage Make(Assembly assembly, KernelKey key, DeviceInfo device);
}
