using System.Buffers.Binary;

namespace SRKernels.Models.Weights;

/// <summary>What a tensor's values are like, in one pass over them.</summary>
internal sealed class TensorStatistics
{
    private double _sum, _squares;

    public long Count { get; private set; }

    /// <summary>How many are NaN or infinite; the other numbers leave these out.</summary>
    public long Broken { get; private set; }

    public double Least { get; private set; } = double.PositiveInfinity;

    public double Most { get; private set; } = double.NegativeInfinity;

    public double Mean => _sum / Math.Max(1, Count - Broken);

    public double Deviation => Math.Sqrt(Math.Max(0, (_squares / Math.Max(1, Count - Broken)) - (Mean * Mean)));

    public static TensorStatistics Of(WeightFile file, TensorEntry entry)
    {
        var statistics = new TensorStatistics();
        var floats = Array.Empty<float>();
        file.ReadChunks(entry, bytes =>
        {
            var count = bytes.Length / entry.Type.SizeBytes();
            if (!entry.Type.IsFloat())
            {
                for (var i = 0; i < count; i++) statistics.Add(Integer(entry.Type, bytes.Span[(i * entry.Type.SizeBytes())..]));
                return;
            }

            if (floats.Length < count) floats = new float[count];
            FloatConversion.ToFloat32(entry.Type, bytes.Span, floats.AsSpan(0, count));
            foreach (var value in floats.AsSpan(0, count)) statistics.Add(value);
        });
        return statistics;
    }

    /// <summary>Takes in the values of another tensor.</summary>
    public void Add(TensorStatistics other)
    {
        (Count, Broken) = (Count + other.Count, Broken + other.Broken);
        (_sum, _squares) = (_sum + other._sum, _squares + other._squares);
        (Least, Most) = (Math.Min(Least, other.Least), Math.Max(Most, other.Most));
    }

    /// <summary>In words; numbers of four digits.</summary>
    public override string ToString()
    {
        if (Count == 0) return "empty";
        var broken = Broken == 0 ? "" : $", {Broken:n0} NaN or infinite";
        return Broken == Count ? broken[2..] : $"{Least:g4} to {Most:g4}, mean {Mean:g4}, deviation {Deviation:g4}{broken}";
    }

    private void Add(double value)
    {
        Count++;
        if (!double.IsFinite(value))
        {
            Broken++;
            return;
        }

        _sum += value;
        _squares += value * value;
        if (value < Least) Least = value;
        if (value > Most) Most = value;
    }

    private static double Integer(TensorType type, ReadOnlySpan<byte> bytes) => type switch
    {
        TensorType.I8 => (sbyte)bytes[0],
        TensorType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        TensorType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        TensorType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        TensorType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        TensorType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        TensorType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => bytes[0],
    };
}
