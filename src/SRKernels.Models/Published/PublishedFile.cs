namespace SRKernels.Models.Published;

/// <summary>A file as its authors published it.</summary>
/// <param name="Folder">Whose it is: files of one name by different authors lie apart.</param>
/// <param name="Name">Its official name, by which it is recognised.</param>
/// <param name="Address">Where its authors put it.</param>
/// <param name="Licence">What may be done with it.</param>
public sealed record PublishedFile(string Folder, string Name, Uri Address, PublishedLicence Licence)
{
    /// <summary>Its length, where its authors say it; else it is recorded at the first download.</summary>
    public long? LengthBytes { get; init; }

    /// <summary>Its SHA-256 in 64 small hexadecimal digits, where its authors say it; else it is recorded at the first download.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Whether it is a container of tensors, which shows by itself whether it is whole.</summary>
    internal bool IsWeights => Path.GetExtension(Name).ToLowerInvariant() is ".pth" or ".pt" or ".ckpt" or ".pkl" or ".bin" or ".safetensors";
}
