using System.Security.Cryptography;
using System.Text;

namespace SRKernels.Runtime.Loading;

/// <summary>
/// Compiled kernels on disk, one file each, named by the hash of everything that decides their text. Shared between processes without locks: a file is
/// written under a name of its own and renamed, so that nobody sees half of one, and two writers of the same key write the same content.
/// </summary>
/// <remarks>
/// A file says its key and the hash of its content; one that does not match (torn by a crash, edited, of another format) counts as absent and is
/// replaced. A folder that cannot be read or written costs compilations, never a run.
/// </remarks>
public sealed class KernelDiskCache
{
    private const string Extension = ".kernel";

    private readonly string _folder;
    private readonly int _mostFiles;

    /// <summary>A cache in a folder, which is made at the first write.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="mostFiles">Beyond this many the quarter that was used longest ago is deleted.</param>
    public KernelDiskCache(string folder, int mostFiles = 4096)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostFiles, 4);
        _folder = folder;
        _mostFiles = mostFiles;
    }

    /// <summary>
    /// The user's cache: the folder in <c>SRKERNELS_CACHE</c>, else <c>${XDG_CACHE_HOME:-~/.cache}/srkernels/kernels</c> (on Windows under the local
    /// application data); null when <c>SRKERNELS_CACHE</c> is set and empty, or there is no home.
    /// </summary>
    public static KernelDiskCache? OfUser()
    {
        if (Environment.GetEnvironmentVariable("SRKERNELS_CACHE") is { } chosen) return chosen.Length == 0 ? null : new KernelDiskCache(chosen);
        return UserCache.Folder("kernels") is { } folder ? new KernelDiskCache(folder) : null;
    }

    /// <summary>The image stored under a key, or null.</summary>
    internal KernelImage? Find(string key)
    {
        var path = PathOf(key);
        try
        {
            if (!File.Exists(path)) return null;
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < SHA256.HashSizeInBytes) return null;
            var content = bytes.AsSpan(SHA256.HashSizeInBytes);
            if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes))) return null;
            using var reader = new BinaryReader(new MemoryStream(bytes, SHA256.HashSizeInBytes, content.Length));
            if (reader.ReadString() != key) return null;
            var image = KernelImageFormat.Read(reader);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // what is used is kept
            return image;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Stores an image under a key, over whatever was there.</summary>
    internal void Store(string key, KernelImage image)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(key);
            KernelImageFormat.Write(writer, image);
        }

        var temporary = Path.Combine(_folder, $"{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(_folder);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
                file.Write(content.GetBuffer(), 0, (int)content.Length);
            }

            File.Move(temporary, PathOf(key), overwrite: true);
            Bound();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
        }
    }

    private void Bound()
    {
        var files = new DirectoryInfo(_folder).GetFiles("*" + Extension);
        if (files.Length <= _mostFiles) return;
        Array.Sort(files, (a, b) => a.LastWriteTimeUtc.CompareTo(b.LastWriteTimeUtc));
        foreach (var file in files.AsSpan(0, files.Length - (_mostFiles - (_mostFiles / 4)))) Discard(file.FullName);
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process holds or has deleted it; the next one that finds too many tries again.
        }
    }

    private string PathOf(string key) => Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + Extension);
}
