using System.Buffers.Binary;
using SRKernels.Intrinsics;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>A model's files as one safetensors file that says what it is.</summary>
internal static class ModelConversion
{
    /// <summary>Writes it, wholly or not at all; the same files give the same bytes.</summary>
    /// <param name="files">The model.</param>
    /// <param name="path">The file to make.</param>
    /// <param name="type">F16 or BF16: floating-point values are rounded to it; null: every tensor keeps its type.</param>
    /// <param name="replace">Whether a file of that name is replaced.</param>
    /// <param name="cancellation">Stops before the next tensor.</param>
    /// <exception cref="SrkException">A tensor is missing, too many, misshapen or damaged, does not fit the type, or the file cannot be written.</exception>
    public static void Write(ModelFiles files, string path, TensorType? type, bool replace, CancellationToken cancellation)
    {
        foreach (var part in files.Parts)
        {
            if (TensorDifferences.Of(part, files.Configuration) is { IsEmpty: false } differences)
                throw new SrkException(
                    part.Description, $"the tensors of its {part.Role}", $"{differences}",
                    "get the authors' file again; 'srk inspect' lists them all");
        }

        var tensors = files.Entries.Where(t => !files.Configuration.Family.IsDerived(t.Name)).Select(t =>
        {
            var (name, file, entry) = t;
            var isKept = type is null || !entry.Type.IsFloat() || entry.Type == type;
            return new StreamedTensor(name, isKept ? entry.Type : type!.Value, entry.Shape, to =>
            {
                cancellation.ThrowIfCancellationRequested();
                file.ReadChunks(entry, bytes => to.Write(isKept ? bytes.Span : Rounded(name, entry.Type, type!.Value, bytes.Span)));
            });
        });
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, tensors, OwnFormat.Metadata(files.Configuration)), cancellation, replace);
    }

    private static byte[] Rounded(string name, TensorType from, TensorType to, ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / from.SizeBytes()];
        FloatConversion.ToFloat32(from, bytes, values);
        var rounded = new byte[values.Length * to.SizeBytes()];
        for (var i = 0; i < values.Length; i++)
        {
            var place = rounded.AsSpan(i * to.SizeBytes());
            if (to == TensorType.F32) BinaryPrimitives.WriteSingleLittleEndian(place, values[i]);
            else if (to == TensorType.BF16) BinaryPrimitives.WriteUInt16LittleEndian(place, ToBfloat16(values[i]));
            else BinaryPrimitives.WriteHalfLittleEndian(place, ToHalf(name, values[i]));
        }

        return rounded;
    }

    private static Half ToHalf(string name, float value)
    {
        var half = (Half)value;
        return !Half.IsInfinity(half) || float.IsInfinity(value)
            ? half
            : throw new SrkException(
                $"'{ShownName.Of(name)}'", "values that fp16 holds (up to 65504)", $"{value:g}", "convert it with --dtype bf16, or without --dtype");
    }

    // A NaN keeps its sign and what fits of its bits.
    private static ushort ToBfloat16(float value) =>
        float.IsNaN(value) ? (ushort)((BitConverter.SingleToUInt32Bits(value) >> 16) | 0x40) : ((BFloat16)value).Bits;
}
