using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace SRKernels.Runtime.Loading;

/// <summary>Where a kernel's image came from.</summary>
public enum KernelOrigin
{
    /// <summary>The assembly carries it.</summary>
    Embedded,

    /// <summary>An earlier run compiled it.</summary>
    DiskCache,

    /// <summary>It was compiled just now.</summary>
    Compiled,
}

/// <summary>
/// Finds a kernel for a device: the image that the build embedded in the assembly, else the one an earlier run left on disk, else compiled now.
/// </summary>
/// <remarks>
/// An application that runs embedded kernels alone sets <c>SRKernels.KernelCompilation</c> to false (a <c>RuntimeHostConfigurationOption</c> with
/// <c>Trim="true"</c>) and then carries no compiler. From any thread.
/// </remarks>
public sealed class KernelLoader
{
    private readonly KernelDiskCache? _cache;
    private readonly IKernelMaker? _maker;

    /// <summary>A loader with the user's disk cache and, where the application has one, the compiler.</summary>
    public KernelLoader()
        : this(CanCompile ? KernelDiskCache.OfUser() : null)
    {
    }

    /// <summary>A loader with a disk cache of its own, or none.</summary>
    /// <param name="cache">Where compiled kernels are kept; null: nowhere.</param>
    public KernelLoader(KernelDiskCache? cache)
        : this(cache, CanCompile ? new KernelMaker() : null)
    {
    }

    internal KernelLoader(KernelDiskCache? cache, IKernelMaker? maker)
    {
        _cache = cache;
        _maker = maker;
    }

    /// <summary>Whether kernels that are not embedded can be compiled here: the switch <c>SRKernels.KernelCompilation</c>, on unless set to false.</summary>
    [FeatureSwitchDefinition("SRKernels.KernelCompilation")]
    public static bool CanCompile => !AppContext.TryGetSwitch("SRKernels.KernelCompilation", out var on) || on;

    /// <summary>Finds a kernel and loads it on a device.</summary>
    /// <param name="device">Where it will run.</param>
    /// <param name="assembly">The assembly that declares it.</param>
    /// <param name="key">Which kernel and variant.</param>
    /// <exception cref="SrkException">It is not embedded for this device and cannot be compiled here.</exception>
    public DeviceKernel Load(Device device, Assembly assembly, KernelKey key) =>
        device.Load(assembly, key) ?? device.Load(Find(device.Info, assembly, key, out _));

    /// <summary>Finds a kernel's image for a device and says where it was.</summary>
    /// <inheritdoc cref="Load"/>
    public KernelImage Find(DeviceInfo device, Assembly assembly, KernelKey key, out KernelOrigin origin)
    {
        origin = KernelOrigin.Embedded;
        var embedded = EmbeddedKernels.Of(assembly);
        if (embedded.Find(key, device) is { } ready) return ready;
        if (_maker is null)
        {
            var images = embedded.ImagesOf(key);
            var got = images.Count == 0 ? "none" : string.Join(", ", images.Select(i => i.Format == KernelFormat.Ptx ? $"PTX for sm_{i.Target}" : $"{i.Format}"));
            throw new SrkException(
                $"kernel {key}", $"an embedded image for {device.Name} ({device.Detail})", got,
                $"take a variant that {assembly.GetName().Name} embeds for it, or let the application compile: SRKernels.KernelCompilation=true");
        }

        var stored = _cache is null ? null : _maker.CacheKey(assembly, key, device);
        if (stored is not null && _cache!.Find(stored) is { } kept)
        {
            origin = KernelOrigin.DiskCache;
            return kept;
        }

        origin = KernelOrigin.Compiled;
        var made = _maker.Make(assembly, key, device);
        if (stored is not null) _cache!.Store(stored, made);
        return made;
    }
}
