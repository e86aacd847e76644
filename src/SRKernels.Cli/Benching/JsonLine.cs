using System.Text.Json;

namespace SRKernels.Cli.Benching;

/// <summary>One object a line, written as soon as it is known: what a run that is cut short leaves can be read.</summary>
internal static class JsonLine
{
    public static void Write(Stream output, Action<Utf8JsonWriter> fields)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }
}
