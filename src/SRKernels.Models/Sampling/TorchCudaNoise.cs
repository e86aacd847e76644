using SRKernels.Kernels.Noise;

namespace SRKernels.Models.Sampling;

/// <summary>How a CUDA device shares the values of a draw out to threads; the noise of a seed depends on it.</summary>
/// <param name="Multiprocessors">Streaming multiprocessors of the device, for example 108 for an A100.</param>
/// <param name="ThreadsPerMultiprocessor">Resident threads of one multiprocessor, 2048 for an A100, 1536 for an RTX 4090.</param>
/// <param name="ThreadsPerBlock">Threads of one block of the filling kernel.</param>
public readonly record struct CudaNoiseMapping(int Multiprocessors, int ThreadsPerMultiprocessor, int ThreadsPerBlock = 256);

/// <summary>
/// Experimental: the normals that PyTorch draws on a CUDA device, from Philox 4x32-10 and Box-Muller.
/// </summary>
/// <remarks>
/// The generator is held against the published test vectors. The mapping of values to threads and the last bits of logarithm, sine and
/// cosine are not: no CUDA draw was at hand to compare with. One thread of the filling kernel makes four values at a time, which lie
/// one grid apart; each draw moves the counter on by as many blocks of four as one thread took. A run on a device draws there, with the same
/// words and the device's own logarithm, sine and cosine: a normal differs from the processor's by at most 8 units in the last place.
/// </remarks>
public sealed class TorchCudaNoise : INoiseSource, ICountedSource
{
    private readonly ulong _seed;
    private readonly CudaNoiseMapping _mapping;
    private ulong _counter;

    /// <summary>Creates the generator as <c>torch.cuda.manual_seed</c> leaves it.</summary>
    /// <param name="seed">The seed, all 64 bits.</param>
    /// <param name="mapping">The device that is imitated.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count of the mapping is not positive.</exception>
    public TorchCudaNoise(ulong seed, CudaNoiseMapping mapping)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mapping.Multiprocessors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mapping.ThreadsPerBlock);
        ArgumentOutOfRangeException.ThrowIfLessThan(mapping.ThreadsPerMultiprocessor, mapping.ThreadsPerBlock);
        _seed = seed;
        _mapping = mapping;
    }

    /// <inheritdoc/>
    public void Reset() => _counter = 0;

    /// <inheritdoc/>
    public void Fill(Span<float> values)
    {
        if (values.IsEmpty) return;
        var threads = ThreadsFor(values.Length);
        PhiloxNoise.Fill(values, _seed, _counter, threads);
        _counter += (ulong)PhiloxNoise.Calls(values.Length, threads);
    }

    int ICountedSource.ThreadsFor(long values) => ThreadsFor(values);

    PhiloxState ICountedSource.Skip(in NoiseDraws draws)
    {
        var state = new PhiloxState(_seed, _counter);
        _counter += (ulong)draws.Count * (ulong)draws.Calls;
        return state;
    }

    private int ThreadsFor(long values)
    {
        var wanted = (values + _mapping.ThreadsPerBlock - 1) / _mapping.ThreadsPerBlock;
        var resident = _mapping.Multiprocessors * (_mapping.ThreadsPerMultiprocessor / _mapping.ThreadsPerBlock);
        return (int)Math.Min(wanted, resident) * _mapping.ThreadsPerBlock;
    }
}
