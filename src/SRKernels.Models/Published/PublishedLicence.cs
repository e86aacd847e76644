namespace SRKernels.Models.Published;

/// <summary>What the authors allow others to do with a file.</summary>
/// <param name="Key">A short name, for files' names.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where its text is.</param>
/// <param name="Terms">What it restricts, in a line; the text counts.</param>
public sealed record PublishedLicence(string Key, string Name, string Address, string Terms);
