using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Which of a training's dictionaries is taken, and what is said where none can be.</summary>
public sealed class WrappedWeightsTests : IDisposable
{
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void AveragesLieBesideTheirRate()
    {
        var shadow = Training(ema => ema.Text("decay").Tensor("Byte", "0", 16, [], []).Op(PickleBytes.SetItem).Text("shadow").Do(p => One(p, "averaged")).Op(PickleBytes.SetItem));
        using var averaged = _files.OpenPickle(shadow);
        Assert.Equal(["averaged"], averaged.Tensors.Keys);
        Assert.EndsWith("'ema.shadow'", averaged.Format, StringComparison.Ordinal);
        // A rate alone is no network.
        using var raw = _files.OpenPickle(Training(ema => ema.Text("decay").Tensor("Byte", "0", 16, [1], [1]).Op(PickleBytes.SetItem)));
        Assert.Equal(["raw"], raw.Tensors.Keys);
    }

    [Fact]
    public void ADictionaryWithDefaultsIsADictionary()
    {
        var pickle = new PickleBytes().Global("collections", "defaultdict").Global("__builtin__", "dict").Op(0x85, PickleBytes.Reduce).Text("state_dict").Do(p => One(p, "w"))
            .Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray();
        using var file = _files.OpenPickle(pickle);
        Assert.Equal(["w"], file.Tensors.Keys);
    }

    [Fact]
    public void AnObjectInTheWeightsPlaceIsNamed()
    {
        var pickle = PickleBytes.Dictionary("state_dict", p => p.Global("os", "system").Text("true").Op(0x85, PickleBytes.Reduce));
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(pickle));
        Assert.Contains("where 'state_dict' is an object of 'os.system', which is not made", error.Message, StringComparison.Ordinal);
    }

    /// <summary>torch reads such values with their signs turned; the bytes alone are other weights.</summary>
    [Theory]
    [InlineData("neg")]
    [InlineData("conj")]
    public void TurnedValuesAreNotRead(string bit)
    {
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict).Text("turned").Global("torch._utils", "_rebuild_tensor_v2").Op(PickleBytes.Mark).Storage("Byte", "0", 16)
            .Int(0).Ints([4]).Ints([1]).Op(PickleBytes.NewFalse, (byte)'N', PickleBytes.EmptyDict).Text(bit).Op(0x88, PickleBytes.SetItem, PickleBytes.Tuple, PickleBytes.Reduce)
            .Op(PickleBytes.SetItem).Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray();
        using var file = _files.OpenPickle(pickle);
        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Contains("negated or conjugated", Assert.Throws<SrkException>(() => file.ReadBytes("turned", new byte[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOldestProtocolIsNamed()
    {
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle([.. "(dp0\nP1\ns."u8]));
        Assert.Contains("save it again with protocol 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AProgramIsNamedBeforeItsPacking()
    {
        var zip = ZipBytes.Make(
            [new ZipItem("a/code/x.py", [1, 2, 3]) { Method = 8 }, new ZipItem("a/data.pkl", [1]), new ZipItem("a/constants.pkl", [1])]);
        Assert.Contains("a TorchScript program", Assert.Throws<SrkException>(() => _files.Open(zip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingsPrefixesGoInSafetensorsToo()
    {
        var path = _files.PathOf("prefixed.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, TensorContent>(StringComparer.Ordinal)
        {
            ["_orig_mod.module.a"] = new(TensorType.U8, [1], new byte[] { 7 }), ["x._orig_mod.b"] = new(TensorType.U8, [1], new byte[] { 8 }),
        });
        using var file = WeightFile.Open(path);
        Assert.Equal(["a", "x.b"], file.Tensors.Keys.Order());
        Assert.Equal([7], CheckpointFolder.Bytes(file, "a"));
        Assert.Equal("a", file.Tensors["a"].Name);
    }

    private static void One(PickleBytes p, string name) => p.Op(PickleBytes.EmptyDict).Text(name).Tensor("Byte", "0", 16, [2], [1]).Op(PickleBytes.SetItem);

    private static byte[] Training(Action<PickleBytes> ema) => new PickleBytes().Op(PickleBytes.EmptyDict).Text("ema").Op(PickleBytes.EmptyDict).Do(ema).Op(PickleBytes.SetItem)
        .Text("state_dict").Do(p => One(p, "raw")).Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray();
}
