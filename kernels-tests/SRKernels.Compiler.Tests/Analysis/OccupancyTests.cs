using Xunit;
using SRKernels.Compilation.Analysis;

namespace SRKernels.Compiler.Tests.Analysis;

/// <summary>Resident groups against cases worked out by hand.</summary>
public sealed class OccupancyTests
{
    [Theory]
    [InlineData(80, 256, 32, 0, 8, "registers")] // 8 warps of 1,024 registers: 64 / 8 by registers and by warps alike
    [InlineData(80, 128, 64, 10752, 8, "registers")] // 2,048 a warp: 32 warps, 8 groups; shared 167,936 / (10,752 + 1,024) = 14
    [InlineData(80, 256, 128, 0, 2, "registers")] // 4,096 a warp: 16 warps
    [InlineData(80, 128, 255, 0, 2, "registers")] // 8,160 rounded up to 8,192: 2 warps a scheduler
    [InlineData(80, 128, 32, 49152, 3, "shared memory")] // 167,936 / 50,176
    [InlineData(80, 128, 32, 166912, 1, "shared memory")] // the whole of it
    [InlineData(80, 128, 32, 166913, 0, "shared memory")] // more than a group may have
    [InlineData(86, 128, 32, 49152, 2, "shared memory")] // 102,400 / 50,176
    [InlineData(86, 256, 32, 0, 6, "warps")] // 48 / 8
    [InlineData(86, 32, 16, 0, 16, "groups")]
    [InlineData(89, 32, 16, 0, 24, "groups")]
    [InlineData(90, 128, 32, 49152, 4, "shared memory")] // 233,472 / 50,176
    [InlineData(90, 1024, 64, 0, 1, "registers")]
    [InlineData(75, 256, 32, 0, 4, "warps")] // 32 / 8
    [InlineData(70, 128, 32, 49152, 2, "shared memory")] // 98,304 / 49,152: nothing reserved
    public void MatchesHandComputedCases(int target, int threads, int registers, int sharedBytes, int groups, string limit)
    {
        var occupancy = Occupancy.Of(MultiprocessorLimits.Of(target), threads, registers, sharedBytes);
        Assert.Equal((groups, groups * threads / 32, limit), (occupancy.Groups, occupancy.Warps, occupancy.Limit));
    }
}
