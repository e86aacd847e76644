using SRKernels.Models.Batch;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Models.Storage;

/// <summary>Sections 2, 13, 14 and 17: names, rights, what killed runs leave, claims.</summary>
public sealed class StorageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-storage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> LongNames =>
        new(new[] { 236, 237, 238, 242, 250, 255 }.Select(bytes => new string('L', bytes - 4) + ".png").Append(new string('\u9577', 83) + ".png"));

    [Theory]
    [MemberData(nameof(LongNames))]
    public void Section2_EveryNameThatTheFileSystemHoldsIsWritten(string name)
    {
        var path = PathOf(name);
        Folders.CheckNames(path);
        AtomicFile.Write(path, stream => stream.Write("x"u8));
        using var claim = ResultClaim.TryTake(path);
        Assert.NotNull(claim);
        Assert.Equal("x", File.ReadAllText(path));
    }

    [Fact]
    public void Section2_ALongerNameIsRefusedBeforeTheWork()
    {
        var message = Assert.Throws<SrkException>(() => Folders.CheckNames(PathOf("none/" + new string('L', 252) + ".png"))).Message;
        Assert.Contains("256 bytes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Section13_AReplacedFileKeepsItsRightsAndATemporaryOneHasThem()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("rights of Unix");
        var path = PathOf("private.png");
        File.WriteAllText(path, "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            var temporary = Assert.Single(Directory.GetFiles(_folder), file => file != path);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(temporary));
        });
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Section13_WhatIsNoFileIsNotReplaced()
    {
        Directory.CreateDirectory(PathOf("folder.png"));
        Assert.Contains("a folder", Assert.Throws<SrkException>(() => AtomicFile.Write(PathOf("folder.png"), _ => { })).Message, StringComparison.Ordinal);
        Assert.Equal([PathOf("folder.png")], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Section13_ALinkIsFollowedAlsoIntoNothing()
    {
        File.WriteAllText(PathOf("real.png"), "old");
        File.CreateSymbolicLink(PathOf("link.png"), "real.png");
        File.CreateSymbolicLink(PathOf("dangling.png"), "none.png");
        foreach (var name in new[] { "link.png", "dangling.png" }) AtomicFile.Write(PathOf(name), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(PathOf("real.png")));
        Assert.NotNull(new FileInfo(PathOf("link.png")).LinkTarget);
        Assert.NotNull(new FileInfo(PathOf("dangling.png")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(PathOf("none.png")));
    }

    /// <summary>The folder was removed while a picture was written there, which may take hours: no reason to lose it.</summary>
    [Fact]
    public void Section16_AFolderThatVanishesMeanwhileIsMadeAgain()
    {
        if (OperatingSystem.IsWindows()) return;
        var (folder, path) = (PathOf("out/sub"), PathOf("out/sub/a.png"));
        Directory.CreateDirectory(folder);
        AtomicFile.Write(path, stream =>
        {
            stream.Write("the first rows, "u8);
            stream.Flush();
            Directory.Delete(PathOf("out"), recursive: true);
            stream.Write("the last"u8);
        });
        Assert.Equal("the first rows, the last", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Section14_WhatAKilledRunLeftIsCleared_NotWhatALivingOneHoldsNorWhatIsOthers()
    {
        foreach (var name in new[] { ".srk-dead1.tmp", ".srk-dead2.claim", ".other.tmp", ".srk-notes.txt", "srk-a.tmp" }) File.WriteAllText(PathOf(name), "");
        using var claim = ResultClaim.TryTake(PathOf("a.png"));
        AtomicFile.Write(PathOf("b.png"), _ => Assert.Equal(2, Leftovers.Clear(_folder)));
        Assert.Equal(
            [".other.tmp", Leftovers.ClaimName("a.png"), ".srk-notes.txt", "b.png", "srk-a.tmp"],
            Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Section14_WithoutLocksOnlyAgeTells()
    {
        File.WriteAllText(PathOf(".srk-young.tmp"), "");
        File.WriteAllText(PathOf(".srk-old.tmp"), "");
        File.SetLastWriteTimeUtc(PathOf(".srk-old.tmp"), DateTime.UtcNow.AddDays(-2));
        Assert.Equal(1, Leftovers.Clear(_folder, locks: false));
        Assert.Equal([PathOf(".srk-young.tmp")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Section17_AClaimIsOnesUntilItIsGivenUp()
    {
        var first = ResultClaim.TryTake(PathOf("a.png"));
        Assert.NotNull(first);
        Assert.Null(ResultClaim.TryTake(PathOf("a.png")));
        using (var other = ResultClaim.TryTake(PathOf("b.png"))) Assert.NotNull(other);
        first.Dispose();
        using (var second = ResultClaim.TryTake(PathOf("a.png"))) Assert.NotNull(second);
        Assert.Empty(Directory.GetFiles(_folder));
        // What a killed holder leaves: the file without the lock.
        File.WriteAllText(PathOf(Leftovers.ClaimName("a.png")), "");
        using var third = ResultClaim.TryTake(PathOf("a.png"));
        Assert.NotNull(third);
    }

    [Fact]
    public void AFolderIsAskedWhatItDoesAndLeftAsItWas()
    {
        var traits = FolderTraits.Of(PathOf("not/yet/there"));
        Assert.True(traits.Locks);
        Assert.Equal(OperatingSystem.IsLinux(), !traits.FoldsCase);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        File.WriteAllText(PathOf("file"), "");
        Assert.Contains("a folder", Assert.Throws<SrkException>(() => FolderTraits.Of(PathOf("file/sub"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneFileHasOneIdentityWhateverItsNames()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's names of one file");
        File.WriteAllText(PathOf("a"), "");
        File.WriteAllText(PathOf("other"), "");
        File.CreateSymbolicLink(PathOf("soft"), "a");
        Directory.CreateSymbolicLink(PathOf("here"), _folder);
        Assert.Equal(FileFacts.Of(PathOf("a")), FileFacts.Of(PathOf("soft")));
        Assert.Equal(FileFacts.Of(PathOf("a")), FileFacts.Of(PathOf("here/a")));
        Assert.NotEqual(FileFacts.Of(PathOf("a"))!.Value.Identity, FileFacts.Of(PathOf("other"))!.Value.Identity);
        Assert.Null(FileFacts.Of(PathOf("none")));
        Assert.Equal(FileKind.Device, FileFacts.Of("/dev/null")!.Value.Kind);
        Assert.Equal(PathOf("a"), FilePath.Real(PathOf("here/here/soft")));
    }

    // What Unicode's own data say of these: composed and decomposed, in both orders of marks, singles, Hangul, two steps.
    [Theory]
    [InlineData("caf\u00e9", "cafe\u0301", true)]
    [InlineData("\u1eadx", "a\u0302\u0323x", true)]
    [InlineData("\u212b", "A\u030a", true)]
    [InlineData("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af", true)]
    [InlineData("\u304c", "\u304b\u3099", true)]
    [InlineData("\u01d5", "U\u0308\u0304", true)]
    [InlineData("\u00e9", "\u00e8", false)]
    [InlineData("\u00e9", "\u00c9", false)]
    [InlineData("o", "\u00f8", false)]
    public void SpellingsOfOneNameFoldTogether(string a, string b, bool same)
    {
        Assert.Equal(same, NameFolding.Of(a, foldsCase: false, foldsUnicode: true) == NameFolding.Of(b, foldsCase: false, foldsUnicode: true));
        Assert.Equal(NameFolding.Of(a, true, true), NameFolding.Of(a.ToUpperInvariant(), true, true));
        Assert.False(NameFolding.Of(a, false, false) == NameFolding.Of(b, false, false));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
