namespace SRKernels.Models.Storage;

/// <summary>What keeps a file's name from being taken by another file, beside the rights of its folder.</summary>
/// <param name="Owner">The user it belongs to.</param>
/// <param name="IsSticky">Of a folder: names in it go only by their owners, and by its own.</param>
/// <param name="IsImmutable">Nobody may change it, root included.</param>
/// <param name="IsAppendOnly">It may only grow: of a folder, no name in it may go.</param>
/// <param name="IsMountPoint">Something is mounted there.</param>
internal readonly record struct NameGuards(uint Owner, bool IsSticky, bool IsImmutable, bool IsAppendOnly, bool IsMountPoint);
