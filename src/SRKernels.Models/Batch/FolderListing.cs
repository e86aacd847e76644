using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>What a folder holds: nothing in it is left out without a word.</summary>
public sealed record FolderListing
{
    /// <summary>The pictures, in ordinal order of their relative paths.</summary>
    public required IReadOnlyList<UpscaleJob> Jobs { get; init; }

    /// <summary>Folders below that could not be read, one error each.</summary>
    public IReadOnlyList<SrkException> Unreadable { get; init; } = [];

    /// <summary>Pictures of formats that are not read, each with its format's name.</summary>
    public IReadOnlyList<(string Path, string Format)> Unread { get; init; } = [];

    /// <summary>Results of earlier runs beside their sources, known by the suffix and by what this program writes into them: they are not taken for sources.</summary>
    public IReadOnlyList<string> EarlierResults { get; init; } = [];

    /// <summary>Pictures that lie in the folder of results, which is below that of the pictures: they are not taken, though nothing says that they are results.</summary>
    public IReadOnlyList<string> AmongResults { get; init; } = [];

    /// <summary>How many of each format that is not read, for example <c>3 WebP, 2 HEIC</c>; empty where there are none.</summary>
    public string UnreadText() => string.Join(", ", Unread.CountBy(file => file.Format, StringComparer.Ordinal)
        .OrderByDescending(format => format.Value).ThenBy(format => format.Key, StringComparer.Ordinal).Select(format => $"{format.Value} {format.Key}"));
}
