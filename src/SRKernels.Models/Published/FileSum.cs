using System.Security.Cryptography;
using SRKernels.Runtime;

namespace SRKernels.Models.Published;

/// <summary>A file's SHA-256, and what it should be.</summary>
internal static class FileSum
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>In small hexadecimal digits.</summary>
    /// <exception cref="SrkException">The file cannot be read.</exception>
    public static string Of(string path, CancellationToken cancellation)
    {
        try
        {
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            var buffer = new byte[ChunkBytes];
            while (stream.Read(buffer) is > 0 and var count)
            {
                cancellation.ThrowIfCancellationRequested();
                sum.AppendData(buffer, 0, count);
            }

            return Convert.ToHexStringLower(sum.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a readable file", e.Message, "check its permissions", e);
        }
    }

    /// <summary>What was expected and what is there, where they differ.</summary>
    public static (string Expected, string Got)? Difference(PublishedFile file, FileRecord? record, string sum)
    {
        if (file.Sha256 is { } pinned && pinned != sum) return ($"SHA-256 {pinned}, as its authors publish it", sum);
        if (record is not null && record.Sha256 != sum) return ($"SHA-256 {record.Sha256}, as it was first here on {record.FirstUtc:yyyy-MM-dd}", sum);
        return null;
    }
}
