using SRKernels.Models.Planning;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Families;

/// <summary>Everything about a model but its weights; each family has its own.</summary>
internal abstract record ModelConfiguration
{
    /// <summary>What the model was trained for, for example <c>realsr-x4</c>.</summary>
    public abstract string Task { get; init; }

    /// <summary>How much larger the result is, along each side; 1 for restoration at the same size.</summary>
    public abstract int Scale { get; init; }

    /// <summary>Whose it is.</summary>
    public abstract ModelFamily Family { get; }

    /// <summary>How its tiles lie.</summary>
    public abstract TileGeometry Geometry { get; }

    /// <summary>Steps of its chain; null for a network that runs once.</summary>
    public virtual int? Steps => null;

    /// <summary>Whether a mask of what is to be made up belongs to the picture.</summary>
    public virtual bool TakesMask => false;

    /// <summary>Whether its chain can add less noise than it was trained with.</summary>
    public virtual bool TakesEta => false;

    /// <summary>The chain in one line, for people; null without one.</summary>
    public virtual string? Chain => null;

    /// <summary>For those who use it.</summary>
    public ModelDescription Description => new(Family.Name, Task, Scale, Steps, TakesMask) { TakesEta = TakesEta };

    /// <summary>What one tile takes.</summary>
    /// <param name="height">Rows of the tile in low-quality pixels, padding included.</param>
    /// <param name="width">Its columns.</param>
    public abstract TileCost CostOf(int height, int width);

    /// <summary>The strings of a file of ours that <see cref="ModelFamily.FromMetadata"/> reads back, beside those that all such files have.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata();

    /// <summary>Reads the weights.</summary>
    /// <param name="root">Each network's tensors under its role.</param>
    /// <exception cref="SrkException">A tensor is missing or misshapen.</exception>
    public abstract SuperResolutionModel Build(WeightScope root);
}
