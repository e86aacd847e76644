using System.Text.Json;
using SRKernels.Runtime.Cuda.Analysis;

namespace SRKernels.Cli.Predicting;

internal static class RunPredictions
{
    /// <summary>One launch with the parts of its time.</summary>
    public static void Write(Utf8JsonWriter json, PredictedLaunch launch, PublishedGpu gpu)
    {
        json.WriteStartObject();
        json.WriteString("kernel", launch.Launch.Kernel.ToString());
        json.WriteString("grid", launch.Launch.Shape.Grid.ToString());
        json.WriteNumber("threads", launch.Launch.Shape.Group.Count);
        json.WriteString("bound", launch.Time.Bound);
        Number("microseconds", launch.Time.Microseconds);
        Number("tensor", launch.Time.Tensor);
        Number("issue", launch.Time.Issue);
        Number("shared", launch.Time.Shared);
        Number("cache", launch.Time.Cache);
        Number("memory", launch.Time.Memory);
        Number("latency", launch.Time.Path);
        Number("gap", launch.Time.Gap);
        json.WriteNumber("residentGroups", launch.Time.Resident);
        Number("waves", launch.Time.Waves);
        Number("tensorShareOfPeak", launch.TensorShare(gpu));
        Number("bankConflictsPerGroup", launch.Work.SharedConflicts);
        json.WriteBoolean("loopsPaired", launch.Work.IsPaired);
        json.WriteEndObject();

        void Number(string name, double value) => json.WriteNumber(name, Math.Round(value, 3));
    }
}
