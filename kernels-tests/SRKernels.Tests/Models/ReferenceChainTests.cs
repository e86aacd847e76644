using SRKernels.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>
/// Whole chains in the plain loops that define the ops, tensor by tensor. Minutes each, on one thread: in a class of its own, so that they run beside other
/// tests; those of padded pictures, whose networks do the same, with <c>SRKERNELS_LONG=1</c>.
/// </summary>
public sealed class ReferenceChainTests
{
    // More network calls times latent pixels than this take many minutes.
    private const int Budget = 4 * 32 * 32;

    public static TheoryData<string> Chains()
    {
        var data = new TheoryData<string>();
        var isLong = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal);
        foreach (var golden in ResidualShiftModelTests.Kinds.SelectMany(GoldenFolder.OfKind))
        {
            var file = golden.GetProperty("file").GetString()!;
            var latent = GoldenConfiguration.Ints(golden, "latent_size");
            var work = golden.GetProperty("timesteps").GetArrayLength() * latent[0] * latent[1] * GoldenConfiguration.Int(golden, "batch");
            if (work <= Budget && (isLong || !file.Contains("_pad_", StringComparison.Ordinal))) data.Add(file);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void MatchesUpstream_TensorByTensor(string file)
    {
        using var cx = new KernelContext(ExecutionKind.Reference, threads: 1);
        ResidualShiftModelTests.Compare(file, cx, "Reference");
    }
}
