using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Upscaling;

/// <summary>The masks and references that belong to pictures.</summary>
internal static class Partners
{
    /// <summary>The file that belongs to a picture in another folder of the same tree (any image extension), or the one file that was named.</summary>
    /// <param name="fileOrFolder">What was named, if anything.</param>
    /// <param name="job">The picture.</param>
    /// <param name="isReadTwice">Whether it is read more than once, which a pipe cannot be.</param>
    /// <exception cref="SrkException">There is none, or it is no file.</exception>
    public static string? Of(string? fileOrFolder, UpscaleJob job, bool isReadTwice)
    {
        if (fileOrFolder is null) return null;
        var path = Find(fileOrFolder, job)
            ?? throw new SrkException(job.RelativePath, $"its partner in '{fileOrFolder}'", "none", "give both folders the same file names");
        // One that happens to lie in a folder would wait for ever.
        if ((isReadTwice || path != fileOrFolder) && FileFacts.Of(path) is { Kind: not FileKind.Regular } there)
            throw new SrkException(path, "a picture in a file", there.Description, "save it to a file first");
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
