namespace SRKernels.Models;

/// <summary>What a loaded model is and does.</summary>
/// <param name="Family">The architecture, for people: for example <c>residual shifting (ResShift, SinSR)</c>.</param>
/// <param name="Task">What it was trained for, for example <c>realsr-x4</c>; see <see cref="ModelTask"/>.</param>
/// <param name="Scale">How much larger the result is, along each side; 1 for restoration at the same size.</param>
/// <param name="Steps">Steps of its chain; null for a network that runs once.</param>
/// <param name="TakesMask">Whether a mask of what is to be made up belongs to the picture.</param>
public sealed record ModelDescription(string Family, string Task, int Scale, int? Steps, bool TakesMask)
{
    /// <summary>Whether its chain can add less noise than it was trained with: see <see cref="UpscaleOptions.Eta"/>.</summary>
    public bool TakesEta { get; init; }
}
