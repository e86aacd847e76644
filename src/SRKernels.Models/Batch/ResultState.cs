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

    /// <summary>A whole picture, of its source as that is now.</summary>
    Done,

    /// <summary>A whole picture that this program made in a folder's run, of this source, which was changed since.</summary>
    Older,

    /// <summary>A whole picture older than the source, but of another program or of another picture.</summary>
    OlderOfOthers,

    /// <summary>An empty file, zeros, or the beginning of a PNG of this program: what a power cut or a full disk leaves.</summary>
    Broken,

    /// <summary>Something else, which is nobody's result.</summary>
    Other,
}

/// <summary>Looks at what lies where a result is to go.</summary>
public static class Results
{
    /// <summary>What an encoder signs a result with that was asked for by its own name: known for this program's, made again by no later run.</summary>
    public const string Signature = "SRKernels";

    // Other file systems and archives keep dates in steps of up to two seconds.
    private static readonly TimeSpan s_coarseDate = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What an encoder signs the result of a folder's picture with, so that a later run knows what it may make again: which picture it is of, and how
    /// old and long that was.
    /// </summary>
    /// <param name="source">The picture.</param>
    public static string SignatureOf(string source) => FileFacts.Of(source) is { } facts
        ? string.Create(CultureInfo.InvariantCulture, $"{PlaceOf(source)} {facts.ModifiedUtc.Ticks:x}-{facts.LengthBytes:x}") : PlaceOf(source);

    /// <summary>The state of a picture's result.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="result">Where its result goes.</param>
    /// <exception cref="SrkException">It cannot be read.</exception>
    public static ResultState Look(string source, string result)
    {
        if (FileFacts.Of(result) is not { } there) return ResultState.Missing;
        if (there.Kind != FileKind.Regular) return ResultState.Other;
        var stored = ImageCodecs.Examine(result);
        // A cut picture of others is still one: half of it can be seen.
        if (!stored.IsWhole) return stored.IsBegun && IsOwn(result) ? ResultState.Broken : ResultState.Other;
        if (FileFacts.Of(source) is not { } original) return ResultState.Done;
        var isNewer = original.ModifiedUtc > there.ModifiedUtc;
        var place = PlaceOf(source);
        if (stored.Software is not { } software || !(software == place || software.StartsWith(place + " ", StringComparison.Ordinal)))
            return isNewer ? ResultState.OlderOfOthers : ResultState.Done;
        // What is written down goes before the clock: a source that was dated into the future has not changed by that.
        return (StampIn(software[place.Length..]) is { } stamp ? IsChanged(original, stamp, isNewer) : isNewer) ? ResultState.Older : ResultState.Done;
    }

    /// <summary>Whether a file is this program's as far as what is in it tells: signed, or what a broken run leaves, in which nothing is yet.</summary>
    /// <param name="path">A file. Only regular ones are opened; one that may not be read is not.</param>
    public static bool IsOwn(string path)
    {
        if (FileFacts.Of(path) is not { Kind: FileKind.Regular }) return false;
        try
        {
            var (isBlank, software) = ImageCodecs.Glance(path);
            return isBlank || software == Signature || software?.StartsWith(Signature + " ", StringComparison.Ordinal) == true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private static string PlaceOf(string source) => string.Create(CultureInfo.InvariantCulture, $"{Signature} {SuperResolver.SeedFor(0, FilePath.Real(source)):x8}");

    private static bool IsChanged(FileFacts original, (DateTime Modified, long Length) stamp, bool isNewer)
    {
        if (original.LengthBytes != stamp.Length) return true;
        var apart = (original.ModifiedUtc - stamp.Modified).Duration();
        return apart > TimeSpan.Zero && (isNewer || apart > s_coarseDate);
    }

    private static (DateTime Modified, long Length)? StampIn(string text)
    {
        var parts = text.TrimStart().Split('-');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks)
            && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            && long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length)
            ? (new DateTime(ticks, DateTimeKind.Utc), length) : null;
    }
}
