using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>The masks and references that belong to pictures.</summary>
internal static class Partners
{
    /// <summary>The file that belongs to a picture in another folder of the same tree (any image extension), or the one file that was named.</summary>
    /// <exception cref="SrkException">There is none, or it is no file.</exception>
    public static string? Of(string? fileOrFolder, UpscaleJob job)
    {
        if (fileOrFolder is null) return null;
        var path = Find(fileOrFolder, job)
            ?? throw new SrkException(job.RelativePath, $"its partner in '{fileOrFolder}'", "none", "give both folders the same file names");
        // It is read more than once, and nothing could stop a wait for a pipe's other side.
        if (FileFacts.Of(path) is { Kind: not FileKind.Regular } there) throw new SrkException(path, "a file or a folder", there.Description, "name a file");
        return path;
    }

    /// <summary>As <see cref="Of"/>; null where there is none.</summary>
    public static string? Find(string fileOrFolder, UpscaleJob job)
    {
        if (!Directory.Exists(fileOrFolder)) return fileOrFolder;
        var stem = Path.Combine(fileOrFolder, Path.ChangeExtension(job.RelativePath, null));
        var named = Path.Combine(fileOrFolder, job.RelativePath);
        if (File.Exists(named)) return named;
        return ImageCodecs.All.SelectMany(codec => codec.Format.Extensions).Select(extension => stem + extension).FirstOrDefault(File.Exists);
    }
}
