namespace SRKernels.Kernels.Gpu;

/// <summary>Memory that launches name while they are recorded; where it lies is known when the program is made.</summary>
internal abstract class GpuPlace;

/// <summary>Memory of the program's arena, which tensors share that never live at the same time.</summary>
/// <param name="bytes">How much.</param>
/// <param name="born">The launch before which it comes to life; -1: it is there before the first.</param>
internal sealed class ArenaPlace(long bytes, int born) : GpuPlace
{
    /// <summary>Alive past the last launch.</summary>
    public const int End = int.MaxValue;

    public long Bytes { get; } = bytes;

    public int Born { get; } = born;

    /// <summary>The last launch that may use it.</summary>
    public int Died { get; set; } = End;

    /// <summary>Someone reads it after the run, so its memory goes to nobody else.</summary>
    public bool IsKept { get; set; }

    /// <summary>What is copied into it before the first run; null for memory that launches or <see cref="GpuProgram.Upload"/> fill.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Its content is copied anew before every run, not only before the first.</summary>
    public bool IsState { get; init; }

    /// <summary>Where it lies in the arena.</summary>
    public long Offset { get; set; }

    public int LastUse => IsKept ? End : Died;
}

/// <summary>Memory that is not the program's: where it lies is said before each run (<see cref="GpuProgram.Place"/>).</summary>
internal sealed class ForeignPlace : GpuPlace;

/// <summary>Weights in a form that kernels read, shared by all programs of an engine.</summary>
/// <param name="owner">Whose weights, by reference.</param>
/// <param name="layout">The form's name.</param>
/// <param name="make">Makes it when first needed.</param>
internal sealed class WeightPlace(object owner, string layout, Func<byte[]> make) : GpuPlace
{
    public object Owner { get; } = owner;

    public string Layout { get; } = layout;

    public Func<byte[]> Make { get; } = make;
}
