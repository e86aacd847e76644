using System.Runtime.InteropServices;

namespace SRKernels.Models.Storage;

/// <summary>What the framework does not offer on Unix: flushing a folder, and what a name stands for and who may take it away.</summary>
internal static unsafe partial class Posix
{
    /// <summary>No such file or folder, by the kernel's number.</summary>
    public const int NoEntry = 2;

    private const int AtWorkingFolder = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint BasicStats = 0x7FF;
    private const int StickyBit = 0x200;
    private const ulong Immutable = 0x10, AppendOnly = 0x20, MountRoot = 0x2000;

    // EIO, ENOSPC, EDQUOT: the disk lost what it was given. Anything else means that the file system has no such flush.
    private static readonly int[] s_lost = [5, 28, 122];

    /// <summary>Writes the folder's names to the disk; nothing where it may not be read or the file system cannot.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFolder(string folder)
    {
        var file = Open(folder, 0);
        if (file < 0) return;
        try
        {
            if (Fsync(file) < 0 && s_lost.Contains(Marshal.GetLastPInvokeError()))
                throw new IOException($"{Marshal.GetLastPInvokeErrorMessage()} : '{folder}'");
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Linux only: what the name stands for, links followed; null and the error's number where it cannot be told.</summary>
    public static FileFacts? Look(string path, out int error) => Look(AtWorkingFolder, path, 0, out error);

    /// <summary>Linux only: what an open file is.</summary>
    public static FileFacts? Look(SafeHandle handle) => Look((int)handle.DangerousGetHandle(), "", AtEmptyPath, out _);

    /// <summary>Linux only: what decides whether a name in its folder may be taken by another file; null where it cannot be told.</summary>
    /// <param name="path">A file or folder, links followed.</param>
    public static NameGuards? Guards(string path)
    {
        Stat stat = default;
        if (Statx(AtWorkingFolder, path, 0, BasicStats, &stat) < 0) return null;
        return new NameGuards(
            stat.Owner, (stat.Mode & StickyBit) != 0, (stat.Attributes & Immutable) != 0, (stat.Attributes & AppendOnly) != 0, (stat.Attributes & MountRoot) != 0);
    }

    /// <summary>The user whose rights the process has.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint EffectiveUser();

    private static FileFacts? Look(int folder, string path, int flags, out int error)
    {
        Stat stat = default;
        error = Statx(folder, path, flags, BasicStats, &stat) < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (error != 0) return null;
        var kind = (stat.Mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.NamedPipe,
            0xC000 => FileKind.Socket,
            _ => FileKind.Device,
        };
        var modified = DateTime.UnixEpoch.AddSeconds(stat.ModifiedSeconds).AddTicks(stat.ModifiedNanoseconds / 100);
        return new FileFacts(kind, $"{stat.DeviceMajor}:{stat.DeviceMinor}:{stat.Inode}", modified, (long)stat.LengthBytes);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Stat* stat);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);

    /// <summary>Linux's <c>struct statx</c>, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Stat
    {
        [FieldOffset(8)] public ulong Attributes;
        [FieldOffset(20)] public uint Owner;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong LengthBytes;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
