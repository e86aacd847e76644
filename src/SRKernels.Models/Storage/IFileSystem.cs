namespace SRKernels.Models.Storage;

/// <summary>The operations of which an atomic write is made: the disk's, or in tests those of one that forgets what was not flushed.</summary>
internal interface IFileSystem
{
    /// <summary>The full path that a name stands for, a link followed.</summary>
    string Target(string path);

    /// <summary>A new file that no other process may clear away while it is open, with the rights of <paramref name="target"/> if that exists.</summary>
    Stream Create(string folder, string target, out string name);

    /// <summary>The bytes written so far are on the disk when it returns.</summary>
    void Flush(Stream file);

    /// <summary>Gives a file another name in its folder.</summary>
    /// <param name="from">Its name.</param>
    /// <param name="to">The other.</param>
    /// <param name="replace">Whether what has that name goes; else it is an <see cref="IOException"/>.</param>
    void Rename(string from, string to, bool replace);

    /// <summary>The names in a folder are on the disk when it returns.</summary>
    void FlushFolder(string folder);

    void Delete(string path);
}
