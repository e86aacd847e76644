using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Noise;

/// <summary>Draws of one size that follow each other, as a device makes them.</summary>
/// <param name="Field">Extents of a draw, the whole batch; a window of it may be all that is wanted.</param>
/// <param name="Count">How many draws.</param>
/// <param name="Threads">Threads of the grid that is imitated.</param>
/// <param name="RepeatFirst">Gives every image of the batch the first one's numbers; the others' are counted and dropped.</param>
internal readonly record struct NoiseDraws(Shape Field, int Count, int Threads, bool RepeatFirst = false)
{
    /// <summary>What one draw moves the counter on by.</summary>
    public int Calls => checked((int)PhiloxNoise.Calls(Field.Count, Threads));
}

/// <summary>What is known of draws only when they are made.</summary>
/// <param name="Seed">The key.</param>
/// <param name="Counter">Where the generator stands before the first draw.</param>
/// <param name="Top">First row of the window in the field.</param>
/// <param name="Left">Its first column.</param>
internal readonly record struct PhiloxState(ulong Seed, ulong Counter, int Top = 0, int Left = 0)
{
    /// <summary>As the kernel reads it: halves of seed and counter, low half first, then the window's place.</summary>
    public int[] Words => unchecked([(int)Seed, (int)(Seed >> 32), (int)Counter, (int)(Counter >> 32), Top, Left]);
}
