using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>The smallest chain by CUDA's host code, every launch executed in the emulator; minutes, so in a class of its own, beside the other tests.</summary>
public sealed class EmulatedChainTests
{
    [Fact]
    public void MatchesUpstream_TensorByTensor() => ResidualShiftModelTests.CompareOn(ResidualShiftModelTests.SmallestChain, Devices.EmulatedCuda);
}
