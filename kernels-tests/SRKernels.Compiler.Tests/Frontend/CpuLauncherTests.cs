using ILGPU;
using SRKernels.Language;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

/// <summary>Plain C# execution: order, barriers, and what it says when a kernel is wrong.</summary>
public class CpuLauncherTests
{
    [Fact]
    public void ThreadsRunInOrderAndMeetAtBarriers()
    {
        var trace = new List<string>();
        CpuLauncher.Launch((1, 1, 1), (3, 1, 1), 0, () =>
        {
            trace.Add($"a{Group.IdxX}");
            Group.Barrier();
            trace.Add($"b{Group.IdxX}");
        });
        Assert.Equal(["a0", "a1", "a2"], trace[..3]);
        Assert.Equal(["b0", "b1", "b2"], trace[3..].Order(StringComparer.Ordinal));
    }

    [Fact]
    public void RunsTwiceAlike()
    {
        Assert.Equal(Trace(), Trace());

        static List<int> Trace()
        {
            var trace = new List<int>();
            CpuLauncher.Launch((2, 1, 1), (64, 1, 1), 0, () =>
            {
                for (int i = 0; i < Group.IdxX % 3; i++) trace.Add(Group.IdxX);
                trace.Add(Warp.ShuffleXor(Group.IdxX, 1));
                Group.Barrier();
                trace.Add(-Group.IdxX);
            });
            return trace;
        }
    }

    [Fact]
    public void ABarrierThatNotAllReachIsReported()
    {
        var error = Assert.Throws<InvalidOperationException>(() => CpuLauncher.Launch((1, 1, 1), (64, 1, 1), 0, () =>
        {
            if (Group.IdxX < 32) Group.Barrier();
            else Warp.Shuffle(1, 0);
            if (Group.IdxX == 40) Group.Barrier();
            else Warp.Barrier();
        }));
        Assert.Contains("different barriers or warp operations", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AThreadsExceptionEndsTheLaunchWhileOthersWait()
    {
        var error = Assert.Throws<IndexOutOfRangeException>(() => CpuLauncher.Launch((1, 1, 1), (16, 1, 1), 0, () =>
        {
            ArrayView<int> tile = SharedMemory.Allocate<int>(8);
            if (Group.IdxX == 9) tile[9] = 1;
            Group.Barrier();
        }));
        Assert.Contains("index 9 is not within [0, 8)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllocationsMustBeAlike()
    {
        var error = Assert.Throws<InvalidOperationException>(() => CpuLauncher.Launch((1, 1, 1), (2, 1, 1), 0, () =>
            SharedMemory.Allocate<int>(Group.IdxX == 0 ? 8 : 16)));
        Assert.Contains("must allocate alike", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnwrittenSharedMemoryIsNotANumber()
    {
        float seen = 0;
        CpuLauncher.Launch((1, 1, 1), (1, 1, 1), 0, () => seen = SharedMemory.Allocate<float>(4)[2]);
        Assert.True(float.IsNaN(seen));
    }

    [Fact]
    public void LanguageMembersOutsideAKernelSayWhatToDo()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Group.IdxX);
        Assert.Contains("CpuLauncher.Launch", error.Message, StringComparison.Ordinal);
    }
}
