using System.Text.Json;

namespace SRKernels.Tests.Models;

/// <summary>
/// The folder of reference outputs: <c>kernels-tests/Goldens</c>, or the one that the environment's SRKERNELS_GOLDENS names.
/// </summary>
internal static class GoldenFolder
{
    private static readonly Lazy<string> LazyPath = new(Find);
    private static readonly Lazy<JsonElement> LazyCases = new(() => Json("cases.json"));
    private static readonly Lazy<JsonElement> LazyRivals = new(() => Json("cases_rivals.json"));

    public static string FullPath => LazyPath.Value;

    /// <summary>cases.json: what every file holds and how it was made.</summary>
    public static JsonElement Cases => LazyCases.Value;

    /// <summary>cases_rivals.json: the same for the networks that papers compare with.</summary>
    public static JsonElement Rivals => LazyRivals.Value;

    public static string PathOf(string file) => Path.Combine(FullPath, file);

    public static JsonElement Json(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(PathOf(file)));
        return document.RootElement.Clone();
    }

    /// <summary>The cases of one kind whose file is there.</summary>
    public static IEnumerable<JsonElement> OfKind(string kind) =>
        Cases.GetProperty("cases").EnumerateArray()
            .Where(c => c.GetProperty("kind").GetString() == kind && File.Exists(PathOf(c.GetProperty("file").GetString()!)));

    public static JsonElement Case(string file) =>
        Cases.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("file").GetString() == file);

    public static JsonElement Network(string name) => Cases.GetProperty("networks").GetProperty(name);

    public static JsonElement Diffusion(string name) => Cases.GetProperty("diffusions").GetProperty(name);

    public static JsonElement WeightSet(string name) => Cases.GetProperty("weight_sets").GetProperty(name);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("SRKERNELS_GOLDENS") is { Length: > 0 } given)
        {
            return Directory.Exists(given)
                ? Path.GetFullPath(given)
                : throw new DirectoryNotFoundException($"SRKERNELS_GOLDENS names '{given}', which is no folder");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "kernels-tests", "Goldens");
            if (File.Exists(Path.Combine(candidate, "cases.json"))) return candidate;
        }

        throw new DirectoryNotFoundException($"no kernels-tests/Goldens above {AppContext.BaseDirectory}");
    }
}
