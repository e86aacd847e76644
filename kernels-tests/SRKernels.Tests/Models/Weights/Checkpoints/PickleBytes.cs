using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Pickles made by hand, instruction by instruction (names and codes: Python's <c>pickletools.py</c>).</summary>
internal sealed class PickleBytes
{
    public const byte Mark = (byte)'(', Tuple = (byte)'t', Reduce = (byte)'R', Build = (byte)'b', Stop = (byte)'.', EmptyDict = (byte)'}', EmptyTuple = (byte)')',
        SetItem = (byte)'s', SetItems = (byte)'u', BinPersid = (byte)'Q', EmptyList = (byte)']', Append = (byte)'a', NewObj = 0x81, NewFalse = 0x89;

    private readonly List<byte> _bytes = [0x80, 2];

    public byte[] ToArray() => [.. _bytes];

    public PickleBytes Op(params byte[] codes)
    {
        _bytes.AddRange(codes);
        return this;
    }

    public PickleBytes Do(Action<PickleBytes> more)
    {
        more(this);
        return this;
    }

    public PickleBytes Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').Int32(bytes.Length).Op(bytes);
    }

    public PickleBytes Line(char opcode, params string[] lines) => Op((byte)opcode).Op(Encoding.Latin1.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    public PickleBytes Global(string module, string name) => Line('c', module, name);

    public PickleBytes Int(long value)
    {
        var bytes = new BigInteger(value).ToByteArray();
        return Op(0x8A, (byte)bytes.Length).Op(bytes);
    }

    public PickleBytes Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Ints(IEnumerable<long> values)
    {
        Op(Mark);
        foreach (var value in values) Int(value);
        return Op(Tuple);
    }

    /// <summary>The reference to a storage.</summary>
    public PickleBytes Storage(string type, string key, long count) =>
        Op(Mark).Text("storage").Global("torch", type + "Storage").Text(key).Text("cpu").Int(count).Op(Tuple, BinPersid);

    /// <summary>A tensor as torch writes it.</summary>
    public PickleBytes Tensor(string type, string key, long count, long[] shape, long[] strides, long offset = 0) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op(Mark).Storage(type, key, count).Int(offset).Ints(shape).Ints(strides).Op(NewFalse)
            .Global("collections", "OrderedDict").Op(EmptyTuple, Reduce, Tuple, Reduce);

    /// <summary>A dictionary of one pair.</summary>
    public static byte[] Dictionary(string key, Action<PickleBytes> value) => new PickleBytes().Op(EmptyDict).Text(key).Do(value).Op(SetItem, Stop).ToArray();
}
