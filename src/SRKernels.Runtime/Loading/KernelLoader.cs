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
/// The compiler is a package of its own, SRKernels.Compiler. Without it an application runs embedded kernels alone, and the disk is not asked: what a
/// stored kernel was made from only the compiler can tell. From any thread.
/// </remarks>
public sealed class KernelLoader
{
    private readonly KernelDiskCache? _cache;
    private readonly Lazy<IKernelMaker?> _maker;

    /// <summary>A loader with the user's disk cache and, where the application has one, the compiler.</summary>
    public KernelLoader()
        : this(KernelDiskCache.OfUser())
    {
    }

    /// <summary>A loader with a disk cache of its own, or none.</summary>
    /// <param name="cache">Where compiled kernels are kept; null: nowhere.</param>
    public KernelLoader(KernelDiskCache? cache)
    {
        _cache = cache;
        // At the first kernel that is not embedded: most applications never get there, and then nothing of the compiler is loaded.
        _maker = new Lazy<IKernelMaker?>(CompilerPackage.Maker);
    }

    internal KernelLoader(KernelDiskCache? cache, IKernelMaker? maker)
    {
        _cache = cache;
        _maker = new Lazy<IKernelMaker?>(maker);
    }

    /// <summary>Whether kernels that are not embedded can be compiled here: whether the application has the package SRKernels.Compiler.</summary>
    public static bool CanCompile => CompilerPackage.IsHere;

    /// <summary>Finds a kernel and loads it on a device.</summary>
    /// <param name="device">Where it will run.</param>
    /// <param name="assembly">The assembly that declares it.</param>
    /// <param name="key">Which kernel and variant.</param>
    /// <exception cref="KernelNotEmbeddedException">It is not embedded for this device, and the application has no compiler.</exception>
    public DeviceKernel Load(Device device, Assembly assembly, KernelKey key) =>
        device.Load(assembly, key) ?? device.Load(Find(device.Info, assembly, key, out _));

    /// <summary>Finds a kernel's image for a device and says where it was.</summary>
    /// <inheritdoc cref="Load"/>
    public KernelImage Find(DeviceInfo device, Assembly assembly, KernelKey key, out KernelOrigin origin)
    {
        origin = KernelOrigin.Embedded;
        var embedded = EmbeddedKernels.Of(assembly);
        if (embedded.Find(key, device) is { } ready) return ready;
        if (_maker.Value is not { } maker)
        {
            var images = embedded.ImagesOf(key);
            var got = images.Count == 0 ? "none" : string.Join(", ", images.Select(i => i.Format == KernelFormat.Ptx ? $"PTX for sm_{i.Target}" : $"{i.Format}"));
            throw new KernelNotEmbeddedException(
                $"kernel {key}", $"an embedded image for {device.Name} ({device.Detail})", got,
                $"add the package {CompilerPackage.Name}, which compiles it while the application runs, or take a variant that {assembly.GetName().Name} embeds for it");
        }

        var stored = _cache is null ? null : maker.CacheKey(assembly, key, device);
        if (stored is not null && _cache!.Find(stored) is { } kept)
        {
            origin = KernelOrigin.DiskCache;
            return kept;
        }

        origin = KernelOrigin.Compiled;
        var made = maker.Make(assembly, key, device);
        if (stored is not null) _cache!.Store(stored, made);
        return made;
    }
}
