namespace SRKernels.Runtime;

/// <summary>A graph on a device that has none: the launches are simply made again, one by one.</summary>
internal sealed class ReplayedGraph(Action work) : DeviceGraph
{
    /// <inheritdoc/>
    public override void Launch() => work();

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
