using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>The end of the smallest chain by CUDA's host code, every launch executed in the emulator; in a class of its own, beside the other tests.</summary>
public sealed class EmulatedSr3Tests
{
    [Fact]
    public void MatchesUpstream_TensorByTensor() => Sr3ModelTests.CompareOn(Sr3ModelTests.SmallestChain, Devices.EmulatedCuda, fromStep: 1);
}
