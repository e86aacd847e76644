using System.Reflection;

namespace SRKernels.Runtime.Loading;

/// <summary>What the loader asks of the compiler; an application without one is trimmed at this seam.</summary>
internal interface IKernelMaker
{
    /// <summary>Everything that decides the image's text.</summary>
    string CacheKey(Assembly assembly, KernelKey key, DeviceInfo device);

    /// <summary>The kernel compiled for a device.</summary>
    KernelImage Make(Assembly assembly, KernelKey key, DeviceInfo device);
}
