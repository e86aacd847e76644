using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Benchmarks.Ops;

/// <summary>One op at one shape: how to make its inputs, how to run it, and the work it stands for.</summary>
/// <param name="Name">The same as in benchmarks/peers/ops_torch.py.</param>
/// <param name="Gflop">Arithmetic of one run in 1e9 operations, 0 where memory is the limit.</param>
/// <param name="Gbytes">Bytes read and written once each, in 1e9.</param>
/// <param name="Prepare">Makes the inputs in a context and returns the call.</param>
/// <param name="PrepareForReference">The same op at a size that plain loops finish in a second; null to use the real one.</param>
public sealed record OpCase(
    string Name, double Gflop, double Gbytes, Func<KernelContext, Func<Tensor>> Prepare, Func<KernelContext, Func<Tensor>>? PrepareForReference = null)
{
    /// <summary>Compares the fast form with the reference; throws where they differ by more than an op may.</summary>
    public double Verify()
    {
        var prepare = PrepareForReference ?? Prepare;
        using var reference = new KernelContext(ExecutionKind.Reference, 1);
        using var cpu = new KernelContext(ExecutionKind.Cpu, OpCases.Threads);
        using var expected = prepare(reference)();
        using var actual = prepare(cpu)();
        double error = 0, power = 0;
        for (var i = 0; i < expected.Span.Length; i++)
        {
            var difference = (double)actual.Span[i] - expected.Span[i];
            error += difference * difference;
            power += (double)expected.Span[i] * expected.Span[i];
        }

        return error <= 1e-9 * power ? error / power : throw new InvalidOperationException($"{Name}: NMSE {error / power:e2} against Reference, nothing to time");
    }

    public override string ToString() => Name;
}
