namespace SRKernels.Models.Published.Downloading;

/// <summary>What a download waits for, and how often.</summary>
internal sealed record DownloadOptions
{
    public static DownloadOptions Default { get; } = new();

    /// <summary>How long a server may say nothing.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it is tried again without a byte more.</summary>
    public int Tries { get; init; } = 4;

    /// <summary>How long is waited before it is tried again; twice as long before each further time.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how many bytes they are flushed to the disk, so that they need not come again whatever happens.</summary>
    public long FlushBytes { get; init; } = 16 << 20;

    /// <summary>Whether the proxy of the environment is used (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c>, <c>NO_PROXY</c>).</summary>
    public bool UsesProxy { get; init; } = true;
}
