using SRKernels.Models.Planning;
using Xunit;

namespace SRKernels.Tests.Models.Planning;

/// <summary>What a process may have, as a Linux system's files say (cases.md, 8).</summary>
public sealed class AvailableMemoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("srk-memory-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Section8_ABareMachineHasItsMemory()
    {
        File("proc/meminfo", "MemTotal:        2048 kB\nMemFree:  1 kB\n");
        File("proc/self/cgroup", "4:memory:/\n0::/\n");
        File("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(2048 << 10, AvailableMemory.OfLinux(_root));
    }

    [Theory]
    [InlineData("0::/a/b\n", "sys/fs/cgroup/a/b/memory.max", "sys/fs/cgroup/a/memory.max")]
    [InlineData("7:cpu,memory:/a/b\n0::/\n", "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "sys/fs/cgroup/memory/a/memory.limit_in_bytes")]
    public void Section8_AGroupHasNoMoreThanThoseAbove(string groups, string own, string above)
    {
        File("proc/meminfo", "MemTotal:        2048 kB\n");
        File("proc/self/cgroup", groups);
        File(own, "1000000\n");
        Assert.Equal(1_000_000, AvailableMemory.OfLinux(_root));
        File(above, "900000\n");
        Assert.Equal(900_000, AvailableMemory.OfLinux(_root));
        File(own, "max\n");
        Assert.Equal(900_000, AvailableMemory.OfLinux(_root));
    }

    /// <summary>In a container the path is the host's, and only the mount's own root is there.</summary>
    [Fact]
    public void Section8_AContainersRootCounts()
    {
        File("proc/meminfo", "MemTotal:        2048 kB\n");
        File("proc/self/cgroup", "0::/docker/abc\n");
        File("sys/fs/cgroup/memory.max", "500000\n");
        Assert.Equal(500_000, AvailableMemory.OfLinux(_root));
    }

    private void File(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, text);
    }
}
