using SRKernels.Models.Storage;
using Xunit;

namespace SRKernels.Tests.Models.Storage;

/// <summary>Section 14: what an atomic write leaves where the power goes off before any of its operations.</summary>
public sealed class PowerLossTests
{
    private const int MoreThanItTakes = 8;
    private const string Result = "/results/a.png";
    private static readonly byte[] s_old = [.. "the old picture"u8], s_new = [.. "the new one, longer"u8];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ThereIsTheOldFileOrTheNewOne_NeverAPart(bool hadOne)
    {
        var finished = false;
        for (var operations = 0; operations < MoreThanItTakes; operations++)
        {
            // Putting the old file flushes once.
            var files = new ForgetfulFileSystem(operations + (hadOne ? 1 : 0));
            if (hadOne) files.Put(Result, s_old);
            finished = Write(files);
            foreach (var left in files.After(Result))
            {
                var isOld = left is null ? !hadOne : hadOne && left.SequenceEqual(s_old);
                var isNew = left is not null && left.SequenceEqual(s_new);
                Assert.True(isNew || (isOld && !finished), $"{left?.Length} bytes after {operations} operations");
            }
        }

        Assert.True(finished);
    }

    [Fact]
    public void WithoutTheFlushOfTheFileAnEmptyOneIsLeft() =>
        Assert.Contains(Endings(operations => new WithoutFileFlush(operations)), left => left is { Length: 0 });

    [Fact]
    public void WithoutTheFlushOfTheFolderAFinishedResultIsLost()
    {
        var files = new WithoutFolderFlush();
        Assert.True(Write(files));
        Assert.Contains(null, files.After(Result));
    }

    private static IEnumerable<byte[]?> Endings(Func<int, ForgetfulFileSystem> make)
    {
        for (var operations = 0; operations < MoreThanItTakes; operations++)
        {
            var files = make(operations);
            Write(files);
            foreach (var left in files.After(Result)) yield return left;
        }
    }

    private static bool Write(ForgetfulFileSystem files)
    {
        try
        {
            AtomicFile.Write(Result, stream => stream.Write(s_new), files);
            return true;
        }
        catch (PowerCutException)
        {
            return false;
        }
    }

    private sealed class WithoutFileFlush(int operations) : ForgetfulFileSystem(operations)
    {
        public override void Flush(Stream file)
        {
        }
    }

    private sealed class WithoutFolderFlush : ForgetfulFileSystem
    {
        public override void FlushFolder(string folder)
        {
        }
    }
}
