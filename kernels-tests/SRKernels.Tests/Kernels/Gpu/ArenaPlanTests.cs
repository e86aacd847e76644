using SRKernels.Kernels.Gpu;
using Xunit;

namespace SRKernels.Tests.Kernels.Gpu;

public sealed class ArenaPlanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TensorsThatLiveTogetherLieApart(int seed)
    {
        var random = new Random(seed);
        var places = new List<ArenaPlace>();
        for (var launch = 0; launch < 300; launch++)
        {
            var place = new ArenaPlace(random.Next(1, 100_000), launch) { IsKept = random.Next(40) == 0 };
            place.Died = launch + random.Next(0, 30);
            places.Add(place);
        }

        var plan = ArenaPlan.Of(places);
        for (var i = 0; i < places.Count; i++)
            for (var j = 0; j < i; j++)
            {
                var (a, b) = (places[i], places[j]);
                var together = a.Born <= b.LastUse && b.Born <= a.LastUse;
                var apart = a.Offset + a.Bytes <= b.Offset || b.Offset + b.Bytes <= a.Offset;
                Assert.True(!together || apart, $"{i} and {j} live together and overlap");
            }

        Assert.All(places, p => Assert.True(p.Offset % 256 == 0 && p.Offset + p.Bytes <= plan.Bytes));
        Assert.InRange(plan.Bytes, plan.LiveBytes, (long)(1.25 * plan.LiveBytes));
        Assert.True(plan.UnsharedBytes > 3 * plan.Bytes);
    }

    [Fact]
    public void OneAfterTheOtherShare()
    {
        ArenaPlace[] places = [new(1000, 0) { Died = 0 }, new(1000, 1) { Died = 1 }, new(1000, 2)];
        var plan = ArenaPlan.Of(places);
        Assert.All(places, p => Assert.Equal(0, p.Offset));
        Assert.Equal((1024L, 3072L, 1024L), (plan.Bytes, plan.UnsharedBytes, plan.LiveBytes));
    }

    [Fact]
    public void NoTensorNoMemory() => Assert.Equal(0, ArenaPlan.Of([]).Bytes);
}
