using System.Text.Json;
using SRKernels.Compilation.Analysis;
using SRKernels.Kernels.Gpu;

namespace SRKernels.Cli.Predicting;

/// <summary>Predictions as JSON: what they are and at which precision, then a list.</summary>
internal static class PredictionJson
{
    /// <param name="output">Where to.</param>
    /// <param name="precision">What products are computed in.</param>
    /// <param name="list">Name of the list.</param>
    /// <param name="items">Its items.</param>
    /// <param name="write">Writes what an item has.</param>
    public static void Write<T>(Stream output, Precision precision, string list, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("times", "prediction, not validated on hardware");
        json.WriteString("precision", precision.ToString());
        json.WriteStartArray(list);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A list of launches.</summary>
    public static void Launches(Utf8JsonWriter json, string name, IEnumerable<PredictedLaunch> launches, PublishedGpu gpu)
    {
        json.WriteStartArray(name);
        foreach (var launch in launches) Launch(json, launch, gpu);
        json.WriteEndArray();
    }

    /// <summary>One launch with the parts of its time.</summary>
    private static void Launch(Utf8JsonWriter json, PredictedLaunch launch, PublishedGpu gpu)
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
