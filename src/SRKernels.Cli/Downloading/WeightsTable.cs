using System.Text.Json;
using SRKernels.Models;
using SRKernels.Models.Published;
using SRKernels.Models.Storage;

namespace SRKernels.Cli.Downloading;

/// <summary>The published models for people and for programs.</summary>
internal static class WeightsTable
{
    public static void Print(WeightCache cache, Action<string> say)
    {
        var width = PublishedModel.All.SelectMany(model => model.Files).Max(file => file.Name.Length);
        foreach (var model in PublishedModel.All)
        {
            say($"{model.Name}{(cache.Has(model) ? "" : ", not downloaded")}");
            say($"    {model.Family}, task {model.Task}: {ModelTask.TryFind(model.Task)?.Describes}");
            foreach (var file in model.Files)
                say($"    {file.Name.PadRight(width)}  {SizeOf(cache, file),10}  {file.Licence.Key,-15}  {(cache.Has(file) ? cache.PathOf(file) : "-")}");
        }

        say("");
        foreach (var licence in PublishedModel.All.SelectMany(model => model.Licences).Distinct()) say($"{licence.Key}: {licence.Name}, {licence.Address}: {licence.Terms}");
        say($"They lie in {cache.Folder} (SRKERNELS_WEIGHTS names another). 'srk weights get NAME' downloads one; its size is known then where its authors do not publish it.");
    }

    public static void Json(WeightCache cache, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("folder", cache.Folder);
        json.WriteStartArray("models");
        foreach (var model in PublishedModel.All)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("family", model.Family);
            json.WriteString("task", model.Task);
            json.WriteBoolean("downloaded", cache.Has(model));
            json.WriteStartArray("files");
            foreach (var file in model.Files) Write(json, cache, file);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WeightCache cache, PublishedFile file)
    {
        var record = FileRecord.Of(cache.PathOf(file));
        json.WriteStartObject();
        json.WriteString("name", file.Name);
        json.WriteString("address", file.Address.AbsoluteUri);
        if (LengthOf(cache, file) is { } length) json.WriteNumber("lengthBytes", length);
        else json.WriteNull("lengthBytes");
        json.WriteString("sha256", file.Sha256 ?? record?.Sha256);
        json.WriteString("path", cache.Has(file) ? cache.PathOf(file) : null);
        json.WriteStartObject("licence");
        json.WriteString("name", file.Licence.Name);
        json.WriteString("address", file.Licence.Address);
        json.WriteString("terms", file.Licence.Terms);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string SizeOf(WeightCache cache, PublishedFile file) => LengthOf(cache, file) is { } length ? DownloadLine.Size(length) : "?";

    private static long? LengthOf(WeightCache cache, PublishedFile file) =>
        file.LengthBytes ?? FileFacts.Of(cache.PathOf(file))?.LengthBytes ?? FileRecord.Of(cache.PathOf(file))?.LengthBytes;
}
