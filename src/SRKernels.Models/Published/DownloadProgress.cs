namespace SRKernels.Models.Published;

/// <summary>What a download is doing.</summary>
public enum DownloadStage
{
    /// <summary>Another process downloads the same file, and is waited for.</summary>
    Waiting,

    /// <summary>The connection is being made, for the first time or again.</summary>
    Connecting,

    /// <summary>Bytes arrive.</summary>
    Receiving,

    /// <summary>The connection broke; it goes on where it stopped.</summary>
    Broken,

    /// <summary>All bytes are there and are being checked.</summary>
    Checking,

    /// <summary>The file is there.</summary>
    Done,
}

/// <summary>How far a download is.</summary>
/// <param name="File">Which file.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="ReceivedBytes">How many bytes are there, those of earlier runs included.</param>
/// <param name="TotalBytes">How many there will be; null where the server does not say it.</param>
/// <param name="Reason">What broke the connection.</param>
public readonly record struct DownloadProgress(PublishedFile File, DownloadStage Stage, long ReceivedBytes, long? TotalBytes, string? Reason = null);
