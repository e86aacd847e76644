using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>
/// What a pickle's calls may make and walk, by how many of its bytes were read: a remembered value can be named again in two bytes, so counting the
/// values alone would let a small file take any memory and any time.
/// </summary>
internal sealed class PickleBudget(string who, PickleInput input)
{
    /// <summary>Of a class or a type: no real one comes near.</summary>
    public const int MostNameLetters = 1024;

    /// <summary>What an object of ours takes, roughly; a pair in a dictionary.</summary>
    public const int ObjectBytes = 128, PairBytes = 32;

    // torch's own pickles make four bytes of each.
    private const long FreeBytes = 1 << 22, BytesPerByte = 8;
    private long _made;

    /// <summary>Takes it off before it is made or walked.</summary>
    /// <exception cref="SrkException">The pickle is too small to need so much.</exception>
    public void Charge(long bytes)
    {
        _made += bytes;
        if (_made > FreeBytes + (BytesPerByte * input.Position))
            throw new SrkException(
                who, "a pickle whose calls make as much as its own size warrants", $"more than {_made} bytes from {input.Position}",
                "the file is hostile or damaged: save the tensors alone, as a dictionary by name");
    }

    /// <summary>Takes a class's name off.</summary>
    public void ChargeName(string module, string name)
    {
        var letters = module.Length + name.Length;
        if (letters > MostNameLetters)
            throw new SrkException(who, $"names of classes of at most {MostNameLetters} letters", $"{letters}", "the file is damaged: get it again");
        Charge(letters + ObjectBytes);
    }
}
