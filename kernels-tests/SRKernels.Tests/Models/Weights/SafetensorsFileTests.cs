using System.Buffers.Binary;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly SafetensorsBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void ReadsTensorsThatLieUnalignedAndOutOfOrder()
    {
        const string header = """{"b":{"dtype":"F32","shape":[2],"data_offsets":[3,11]},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""";
        var bytes = SafetensorsBytes.Make(header, 11);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 8), 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 4), -2);
        using var file = _files.Open(bytes);

        var floats = new float[2];
        file.ReadFloat32("b", [2], floats);
        var raw = new byte[3];
        file.ReadBytes("a", raw);

        Assert.Equal([1.5f, -2], floats);
        Assert.Equal([0, 1, 2], raw);
    }

    [Fact]
    public void AcceptsEmptyTensorsScalarsEscapesPaddingAndNoTensorAtAll()
    {
        const string header =
            """{"__metadata__":{"k\u00e9y":"v"},"none":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[4,4]},"\u0073":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}   """;
        using var file = _files.Open(SafetensorsBytes.Make(header, 4));
        Assert.Equal("v", file.Metadata["kéy"]);
        Assert.Equal(0, file.Tensors["none"].Count);
        Assert.Equal(1, file.Tensors["s"].Count);

        using var empty = _files.Open(SafetensorsBytes.Make("{}", 0));
        Assert.Empty(empty.Tensors);
    }

    [Fact]
    public void EveryHalfBecomesTheSameFloatAsTheRuntimeMakes()
    {
        var bytes = SafetensorsBytes.Make("""{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}""", 131072);
        for (var i = 0; i < 65536; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(bytes.Length - 131072 + (2 * i)), (ushort)i);
        using var file = _files.Open(bytes);
        var values = new float[65536];
        file.ReadFloat32("h", [65536], values);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            Assert.True(
                BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(values[i]) || (float.IsNaN(expected) && float.IsNaN(values[i])),
                $"half {i:x4}: expected {expected:r}, got {values[i]:r}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(17)]
    public void HalfTailsOfAnyLength(int length)
    {
        var bytes = SafetensorsBytes.Make($$$"""{"h":{"dtype":"F16","shape":[{{{length}}}],"data_offsets":[0,{{{2 * length}}}]}}""", 2 * length);
        for (var i = 0; i < length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(bytes.Length - (2 * length) + (2 * i)), (Half)(i - 3.5));
        using var file = _files.Open(bytes);
        var values = new float[length];
        file.ReadFloat32("h", [length], values);
        Assert.Equal(Enumerable.Range(0, length).Select(i => i - 3.5f), values);
    }

    [Fact]
    public void BrainFloatsAndDoublesAreConverted()
    {
        var bytes = SafetensorsBytes.Make(
            """{"b":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]},"d":{"dtype":"F64","shape":[2],"data_offsets":[6,22]}}""", 22);
        var data = bytes.AsSpan(bytes.Length - 22);
        BinaryPrimitives.WriteUInt16LittleEndian(data, 0x3FC0);
        BinaryPrimitives.WriteUInt16LittleEndian(data[2..], 0xC000);
        BinaryPrimitives.WriteUInt16LittleEndian(data[4..], 0x0001);
        BinaryPrimitives.WriteDoubleLittleEndian(data[6..], Math.PI);
        BinaryPrimitives.WriteDoubleLittleEndian(data[14..], -1e300);
        using var file = _files.Open(bytes);
        var b = new float[3];
        var d = new float[2];
        file.ReadFloat32("b", [3], b);
        file.ReadFloat32("d", [2], d);
        Assert.Equal([1.5f, -2, BitConverter.Int32BitsToSingle(0x10000)], b);
        Assert.Equal([(float)Math.PI, float.NegativeInfinity], d);
    }

    [Fact]
    public void AMissingMisshapenOrIntegerTensorIsNamed()
    {
        using var file = _files.Open(SafetensorsBytes.Make("""{"i":{"dtype":"I64","shape":[2,1],"data_offsets":[0,16]}}""", 16));
        Assert.Contains("'j'", Assert.Throws<SrkException>(() => file.ReadFloat32("j", [2, 1], new float[2])).Message, StringComparison.Ordinal);
        Assert.Contains("expected [1,2], got [2,1]", Assert.Throws<SrkException>(() => file.ReadFloat32("i", [1, 2], new float[2])).Message, StringComparison.Ordinal);
        Assert.Contains("got I64", Assert.Throws<SrkException>(() => file.ReadFloat32("i", [2, 1], new float[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatShrinksWhileItIsOpenIsAnErrorNotACrash()
    {
        var path = _files.PathOf("shrinks.safetensors");
        File.WriteAllBytes(path, SafetensorsBytes.Make("""{"f":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}""", 4000));
        using var file = SafetensorsFile.Open(path);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(100);
        var error = Assert.Throws<SrkException>(() => file.ReadFloat32("f", [1000], new float[1000]));
        Assert.Contains("'f'", error.Message, StringComparison.Ordinal);
        Assert.Contains("shrank", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrittenFilesReadBackAndDependOnNothingButTheirContent()
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal)
        {
            ["z\"\n"] = new(TensorType.F16, [1, 2], new byte[] { 0, 0x3C, 0, 0x40 }),
            ["a"] = new(TensorType.I64, [], new byte[8]),
            ["empty"] = new(TensorType.F32, [4, 0], Array.Empty<byte>()),
        };
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["task"] = "realsr-x4", ["format"] = "srkernels" };
        var path = _files.PathOf("written.safetensors");
        SafetensorsWriter.Write(path, tensors, metadata);
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.Equal(metadata, file.Metadata.ToDictionary());
            Assert.Equal([4, 0], file.Tensors["empty"].Shape);
            var values = new float[2];
            file.ReadFloat32("z\"\n", [1, 2], values);
            Assert.Equal([1f, 2f], values);
        }

        var again = new MemoryStream();
        SafetensorsWriter.Write(again, tensors.Reverse().ToDictionary(), metadata.Reverse().ToDictionary());
        Assert.Equal(File.ReadAllBytes(path), again.ToArray());
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void AFailedWriteLeavesTheOldFile()
    {
        var path = _files.PathOf("kept.safetensors");
        File.WriteAllText(path, "old");
        var wrong = new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["a"] = new(TensorType.F32, [2], new byte[4]) };
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, wrong));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }
}
