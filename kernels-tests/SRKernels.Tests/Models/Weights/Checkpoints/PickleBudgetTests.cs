using System.Globalization;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Small pickles that name what they remember again and again: what is made of it, and walked for it, is bounded by the pickle's size.</summary>
public sealed class PickleBudgetTests : IDisposable
{
    private const int Times = 20_000;
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("bytes of a text")]
    [InlineData("dictionaries of pairs")]
    [InlineData("dictionaries that are dropped")]
    [InlineData("tensors")]
    [InlineData("tensors of many extents")]
    [InlineData("objects that are not made")]
    [InlineData("numpy types")]
    public void WhatCallsMakeIsBoundedByThePicklesSize(string what)
    {
        var pickle = new PickleBytes();
        void Remember(byte index) => pickle.Op((byte)'q', index, (byte)'0');
        void Repeat(params byte[] codes)
        {
            for (var i = 0; i < Times * 5; i++) pickle.Op(codes);
        }

        switch (what)
        {
            case "bytes of a text": pickle.Global("_codecs", "encode").Do(_ => Remember(1)).Text(new string('x', 100_000)).Text("latin1").Op(0x86); break;
            case "dictionaries of pairs" or "dictionaries that are dropped":
                pickle.Global("collections", "OrderedDict").Do(_ => Remember(1)).Op(PickleBytes.EmptyList, PickleBytes.Mark);
                for (var i = 0; i < 1000; i++) pickle.Text(i.ToString(CultureInfo.InvariantCulture)).Op((byte)'N', 0x86);
                pickle.Op((byte)'e', 0x85);
                break;
            case "tensors" or "tensors of many extents":
                pickle.Global("torch._utils", "_rebuild_tensor_v2").Do(_ => Remember(1)).Op(PickleBytes.Mark).Storage("Byte", "0", 16).Int(0);
                for (var i = 0; i < 2; i++) pickle.Ints(Enumerable.Repeat(1L, what == "tensors" ? 64 : 5000));
                pickle.Op(PickleBytes.Tuple);
                break;
            case "numpy types": pickle.Global("numpy", "dtype").Do(_ => Remember(1)).Text(new string('f', 100_000)).Op(0x85); break;
            default: pickle.Global("collections", "OrderedDict").Do(_ => Remember(1)).Op((byte)'N', 0x85); break;
        }

        Remember(2);
        Repeat(what == "dictionaries that are dropped" ? [(byte)'h', 1, (byte)'h', 2, PickleBytes.Reduce, (byte)'0'] : [(byte)'h', 1, (byte)'h', 2, PickleBytes.Reduce]);
        Refused(pickle, "whose calls make as much");
    }

    [Fact]
    public void NamesOfClassesAreShort_AndCountedEachTime()
    {
        foreach (var (letters, expected) in new[] { (100_000, "names of classes of at most"), (1000, "whose calls make as much") })
        {
            var pickle = new PickleBytes().Text(new string('x', letters)).Op((byte)'q', 1).Text("y").Op((byte)'q', 2);
            for (var i = 0; i < Times; i++) pickle.Op((byte)'h', 1, (byte)'h', 2, 0x93);
            Refused(pickle, expected);
        }
    }

    [Fact]
    public void AnHonestPickleOfManyTensorsIsRead()
    {
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict).Global("torch._utils", "_rebuild_tensor_v2").Op((byte)'q', 1, (byte)'0').Text("storage").Op((byte)'q', 2, (byte)'0')
            .Global("torch", "ByteStorage").Op((byte)'q', 3, (byte)'0').Text("0").Op((byte)'q', 4, (byte)'0').Text("cpu").Op((byte)'q', 5, (byte)'0').Op(PickleBytes.Mark);
        // As short as a pickle of tensors can say it.
        for (var i = 0; i < Times; i++)
        {
            pickle.Text(i.ToString(CultureInfo.InvariantCulture)).Op((byte)'h', 1, PickleBytes.Mark, PickleBytes.Mark, (byte)'h', 2, (byte)'h', 3, (byte)'h', 4, (byte)'h', 5);
            pickle.Op((byte)'K', 16, PickleBytes.Tuple, PickleBytes.BinPersid, (byte)'K', 0, (byte)'K', 2, 0x85, (byte)'K', 1, 0x85, PickleBytes.NewFalse);
            pickle.Op((byte)'N', PickleBytes.Tuple, PickleBytes.Reduce);
        }

        using var file = _files.OpenPickle(pickle.Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray());
        Assert.Equal(Times, file.Tensors.Count);
    }

    [Fact]
    public void ALongNameIsRefused_WhateverStandsBeforeIt()
    {
        var name = string.Concat(Enumerable.Repeat("module.", 200_000));
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(PickleBytes.Dictionary(name, p => p.Tensor("Byte", "0", 16, [4], [1]))));
        Assert.Contains("names of at most 4096 letters", error.Message, StringComparison.Ordinal);
        using var file = _files.OpenPickle(PickleBytes.Dictionary(name[..3500] + "w", p => p.Tensor("Byte", "0", 16, [4], [1])));
        Assert.Equal(["w"], file.Tensors.Keys);
    }

    [Fact]
    public void ADictionaryThatHoldsItselfUnderEveryWrapperIsLookedThroughOnce()
    {
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, (byte)'q', 1, PickleBytes.Mark);
        foreach (var name in (string[])["params_ema", "ema", "state_dict", "params", "model"]) pickle.Text(name).Op((byte)'h', 1);
        using var file = _files.OpenPickle(pickle.Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray());
        Assert.Equal("torch checkpoint", file.Format);
    }

    /// <summary>Whoever reads all of them reads the same bytes for hours; scattered ones from their first byte to their last.</summary>
    [Theory]
    [InlineData(1_000_000, 1)]
    [InlineData(2, 999_999)]
    public void ThousandsOfNamesForTheSameBytesAreRefused(int extent, int stride)
    {
        var pickle = new PickleBytes().Tensor("Byte", "0", 1_000_000, [extent], [stride]).Op((byte)'q', 1, (byte)'0', PickleBytes.EmptyDict, PickleBytes.Mark);
        for (var i = 0; i < 1000; i++) pickle.Text(i.ToString(CultureInfo.InvariantCulture)).Op((byte)'h', 1);
        var bytes = TorchFile.Zip(pickle.Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray(), [("0", new byte[1_000_000])]);
        Assert.Contains("tensors that share bytes", Assert.Throws<SrkException>(() => _files.Open(bytes)).Message, StringComparison.Ordinal);
    }

    private void Refused(PickleBytes pickle, string expected)
    {
        var path = _files.PathOf("small.pth");
        File.WriteAllBytes(path, TorchFile.Zip(pickle.Op(PickleBytes.Stop).ToArray(), [("0", new byte[16])]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(expected, Assert.Throws<SrkException>(() => WeightFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
