using System.Globalization;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>What lies where a result is to go.</summary>
public enum ResultState
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>A whole picture, not older than its source.</summary>
    Done,

    /// <summary>A whole picture that this program made in a folder's run, of this source, which was changed since.</summary>
    Older,

    /// <summary>A whole picture older than the source, but of another program or of another picture.</summary>
    OlderOfOthers,

    /// <summary>An empty file, zeros, or the beginning of a PNG: what a power cut or a full disk leaves.</summary>
    Broken,

    /// <summary>Something else, which is nobody's result.</summary>
    Other,
}

/// <summary>Looks at what lies where a result is to go.</summary>
public static class Results
{
    /// <summary>What an encoder signs the result of a picture with, so that a later run knows what it may make again: of another picture it is not.</summary>
    /// <param name="source">The picture.</param>
    public static string SignatureOf(string source) =>
        string.Create(CultureInfo.InvariantCulture, $"SRKernels {SuperResolver.SeedFor(0, RealPath.Of(source)):x8}");

    /// <summary>The state of a picture's result.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="result">Where its result goes.</param>
    /// <exception cref="SrkException">It cannot be read.</exception>
    public static ResultState Look(string source, string result)
    {
        if (FileFacts.Of(result) is not { } there) return ResultState.Missing;
        if (there.Kind != FileKind.Regular) return ResultState.Other;
        var stored = ImageCodecs.Examine(result);
        if (!stored.IsWhole) return stored.IsBegun ? ResultState.Broken : ResultState.Other;
        if (FileFacts.Of(source) is not { } original || original.ModifiedUtc <= there.ModifiedUtc) return ResultState.Done;
        return stored.Software == SignatureOf(source) ? ResultState.Older : ResultState.OlderOfOthers;
    }
}
