namespace SRKernels.Models.Imaging;

/// <summary>Reasons why metadata of a file is not kept: each once, and a few at most, whatever a hostile file holds.</summary>
internal sealed class DroppedMetadata
{
    private const int Most = 16;
    private readonly List<string> _reasons = [];

    public IReadOnlyList<string> Reasons => _reasons;

    public void Add(string reason)
    {
        if (_reasons.Count < Most && !_reasons.Contains(reason)) _reasons.Add(reason);
    }
}
