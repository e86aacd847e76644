using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SRKernels.Runtime.Loading;

/// <summary>
/// The kernels that the build step compiled and put into an assembly as one resource: a Brotli stream of the format's version, a count, and per
/// kernel its stable key and its images.
/// </summary>
internal sealed class EmbeddedKernels
{
    /// <summary>The resource's name, which the build step (tools/SRKernels.KernelTool/EmbedKernels.targets) gives too.</summary>
    internal const string ResourceName = "SRKernels.kernels";

    private static readonly ConditionalWeakTable<Assembly, EmbeddedKernels> s_byAssembly = [];

    private readonly Dictionary<string, KernelImage[]> _images = new(StringComparer.Ordinal);

    private EmbeddedKernels(Stream? resource)
    {
        if (resource is null) return;
        using var reader = new BinaryReader(new BrotliStream(resource, CompressionMode.Decompress));
        if (reader.ReadString() != KernelImageFormat.Version) return; // built with another version of the tool: as if there were none
        for (var kernels = reader.ReadInt32(); kernels > 0; kernels--)
        {
            var key = reader.ReadString();
            var images = new KernelImage[reader.ReadUInt16()];
            for (var i = 0; i < images.Length; i++) images[i] = KernelImageFormat.Read(reader);
            _images[key] = images;
        }
    }

    /// <summary>Stable keys of all kernels in it.</summary>
    internal IReadOnlyCollection<string> Keys => _images.Keys;

    /// <summary>What an assembly carries; read once. Empty when it was built without the step.</summary>
    internal static EmbeddedKernels Of(Assembly assembly) => s_byAssembly.GetValue(assembly, static a =>
    {
        using var resource = a.GetManifestResourceStream(ResourceName);
        return new EmbeddedKernels(resource);
    });

    /// <summary>From a stream in the same form.</summary>
    internal static EmbeddedKernels Read(Stream stream) => new(stream);

    internal static void Write(Stream to, IReadOnlyList<(string Key, IReadOnlyList<KernelImage> Images)> kernels)
    {
        using var writer = new BinaryWriter(new BrotliStream(to, CompressionLevel.Optimal, leaveOpen: true));
        writer.Write(KernelImageFormat.Version);
        writer.Write(kernels.Count);
        foreach (var (key, images) in kernels)
        {
            writer.Write(key);
            writer.Write((ushort)images.Count);
            foreach (var image in images) KernelImageFormat.Write(writer, image);
        }
    }

    /// <summary>All images of a kernel; empty when it is not embedded.</summary>
    internal IReadOnlyList<KernelImage> ImagesOf(KernelKey key) => _images.TryGetValue(key.ToString(), out var images) ? images : [];

    /// <summary>The image for a device: its language, and of PTX the newest that it can run (drivers take text for older targets).</summary>
    internal KernelImage? Find(KernelKey key, DeviceInfo device)
    {
        var format = device.Kind switch
        {
            DeviceKind.Cuda => KernelFormat.Ptx,
            DeviceKind.OpenCl => KernelFormat.OpenClC,
            _ => KernelFormat.Ir,
        };
        KernelImage? best = null;
        foreach (var image in ImagesOf(key))
            if (image.Format == format && image.Target <= device.Target && (best is null || image.Target > best.Target)) best = image;
        return best;
    }
}
