namespace SRKernels.Benchmarks.Rivals;

/// <summary>An implementation of the model with its weights and inputs loaded, alone in its process, so that the process's peak memory is its own.</summary>
internal interface IContender : IDisposable
{
    /// <summary>The version that runs.</summary>
    string Version { get; }

    /// <summary>Computes a part and keeps its result until the next one.</summary>
    void Run(Part part);

    /// <summary>The kept result, NCHW.</summary>
    float[] Result();
}
