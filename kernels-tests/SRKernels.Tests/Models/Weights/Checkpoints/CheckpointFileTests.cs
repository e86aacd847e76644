using System.Runtime.InteropServices;
using System.Text.Json;
using SRKernels.Models.Weights;
using SRKernels.Models.Weights.Checkpoints;
using SRKernels.Runtime;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>What is read from files of <c>torch.save</c>: those that torch wrote (kernels-tests/Checkpoints, by make_kinds.py) and those laid out like them.</summary>
public sealed class CheckpointFileTests : IDisposable
{
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Every kind of tensor and of company for tensors, in each container and protocol; the values that torch says they have.</summary>
    [Theory]
    [InlineData("kinds_zip.pth")]
    [InlineData("kinds_legacy.pth")]
    [InlineData("kinds_protocol4.pth")]
    [InlineData("kinds_legacy_protocol3.pth")]
    public void TensorsOfEveryKindAreThoseThatTorchWrote(string name)
    {
        using var file = WeightFile.Open(Committed(name));
        using var expected = JsonDocument.Parse(File.ReadAllText(Committed("kinds.json")));
        Assert.Contains("'state_dict'", file.Format, StringComparison.Ordinal);
        Assert.Equal(expected.RootElement.EnumerateObject().Select(t => t.Name).Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var tensor in expected.RootElement.EnumerateObject())
        {
            var entry = file.Tensors[tensor.Name];
            Assert.Equal(tensor.Value.GetProperty("dtype").GetString(), entry.Type.Name());
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()), entry.Shape);
            Assert.Equal(tensor.Value.GetProperty("hex").GetString(), Convert.ToHexStringLower(CheckpointFolder.Bytes(file, tensor.Name)));
        }
    }

    [Fact]
    public void FloatsOfEveryWidthComeAsFp32()
    {
        using var file = WeightFile.Open(Committed("kinds_zip.pth"));
        foreach (var name in (string[])["f64", "f32", "f16", "bf16", "transposed", "parameter"])
        {
            var values = new float[6];
            file.ReadFloat32(name, [.. file.Tensors[name].Shape.Select(extent => (int)extent)], values);
            float[] expected = name == "transposed" ? [-1, 0.5f, -0.5f, 1, 0, 1.5f] : [-1, -0.5f, 0, 0.5f, 1, 1.5f];
            Assert.Equal(expected, values);
        }

        Assert.Contains("a floating-point type, got I64", Assert.Throws<SrkException>(() => file.ReadFloat32("i64", [2, 3], new float[6])).Message, StringComparison.Ordinal);
        Assert.Contains("expected [6], got [2,3]", Assert.Throws<SrkException>(() => file.ReadFloat32("f32", [6], new float[6])).Message, StringComparison.Ordinal);
        Assert.Contains("'none': expected a tensor of this name", Assert.Throws<SrkException>(() => file.ReadFloat32("none", [6], new float[6])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PartsOfATensorAreReadToo()
    {
        using var file = WeightFile.Open(Committed("kinds_zip.pth"));
        foreach (var name in (string[])["f32", "transposed", "sliced"])
        {
            var all = CheckpointFolder.Bytes(file, name);
            var part = new byte[all.Length - 9];
            file.ReadBytes(name, part, 5);
            Assert.Equal(all.AsSpan(5, part.Length).ToArray(), part);
        }
    }

    /// <summary>A writer's freedoms: sizes before or behind the data, of 32 or 64 bits, extra fields in one of the two descriptions.</summary>
    [Theory]
    [InlineData(0, 0, false, false)]
    [InlineData(0, 0, true, true)]
    [InlineData(0, 13, false, true)]
    [InlineData(4, 6, false, true)]
    [InlineData(8, 60, true, true)]
    [InlineData(8, 0, false, false)]
    [InlineData(-4, 0, false, false)]
    [InlineData(-8, 1, true, false)]
    public void ZipFilesOfOtherWritersAreRead(int descriptor, int padding, bool isWide, bool wideEnd)
    {
        ZipItem[] items = [.. new[] { ("any/data.pkl", TorchFile.Pickle(Two())), ("any/data/0", new byte[12]), ("any/data/1", [0, 0x3C]), ("any/byteorder", "little"u8.ToArray()) }
            .Select(item => new ZipItem(item.Item1, item.Item2) { Descriptor = descriptor, Padding = padding, IsWide = isWide })];
        using var file = _files.Open(ZipBytes.Make(items, wideEnd));
        Assert.Equal(new byte[12], CheckpointFolder.Bytes(file, "a"));
        Assert.Equal([0, 0x3C], CheckpointFolder.Bytes(file, "b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("state_dict", "state_dict")]
    [InlineData("params", "params")]
    [InlineData("ema", "ema")]
    [InlineData("model", "model")]
    [InlineData("model.state_dict", "model", "state_dict")]
    public void TheWeightsAreFoundInWhatTheyAreWrappedIn(string place, params string[] wrappers)
    {
        foreach (var bytes in (byte[][])[TorchFile.Zip(Two(), wrappers), TorchFile.Legacy(Two(), wrappers)])
        {
            using var file = _files.Open(bytes);
            Assert.Equal(["a", "b"], file.Tensors.Keys.Order());
            Assert.EndsWith(place.Length == 0 ? "" : $"tensors under '{place}'", file.Format, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AveragedWeightsArePreferred_RawOnesAreThereOnRequest()
    {
        static void One(PickleBytes p, string name) => p.Op(PickleBytes.EmptyDict).Text(name).Tensor("Byte", "0", 16, [2], [1]).Op(PickleBytes.SetItem);
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, PickleBytes.Mark).Text("params").Do(p => One(p, "raw")).Text("params_ema").Do(p => One(p, "averaged"))
            .Text("step").Tensor("Byte", "0", 16, [], []).Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray();
        using var averaged = _files.OpenPickle(pickle);
        Assert.Equal(["averaged"], averaged.Tensors.Keys);
        using var raw = CheckpointFile.Open(averaged.Path, preferRaw: true);
        Assert.Equal(["raw"], raw.Tensors.Keys);
    }

    [Fact]
    public void PrefixesOfDistributedAndCompiledTrainingGo()
    {
        using var file = _files.Open(TorchFile.Zip(Two("module._orig_mod.", "module.x._orig_mod.")));
        Assert.Equal(["a", "x.b"], file.Tensors.Keys.Order());
        var twice = new Dictionary<string, TensorContent>(Two(), StringComparer.Ordinal) { ["module.a"] = new(TensorType.U8, [1], new byte[1]) };
        Assert.Contains("'a' twice", Assert.Throws<SrkException>(() => _files.Open(TorchFile.Zip(twice))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DictionariesOfSeveralNetworksAreReadSideBySide()
    {
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, PickleBytes.Mark);
        foreach (var name in (string[])["state_dict_unet", "state_dict_vae"])
            pickle.Text(name).Op(PickleBytes.EmptyDict).Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem);
        using var file = _files.OpenPickle(pickle.Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray());
        Assert.Equal(["state_dict_unet.w", "state_dict_vae.w"], file.Tensors.Keys.Order());
    }

    /// <summary>torch and the converter of before passed it in silence: another picture, and no word.</summary>
    [Theory]
    [InlineData("whole")]
    [InlineData("part")]
    [InlineData("scattered")]
    public void AFlippedByteInsideATensorIsRefusedByItsSum(string name)
    {
        (long[] shape, long[] strides) = name switch { "whole" => ((long[])[300_000], (long[])[1]), "part" => ([100], [1]), _ => ([2, 2], [1, 2]) };
        var bytes = TorchFile.Zip(PickleBytes.Dictionary(name, p => p.Tensor("Byte", "0", 300_000, shape, strides)), [("0", new byte[300_000])]);
        using (var good = _files.Open(bytes)) Assert.All(CheckpointFolder.Bytes(good, name), value => Assert.Equal(0, value));
        bytes[200_000] ^= 0x10;
        using var file = _files.Open(bytes);
        for (var again = 0; again < 2; again++)
        {
            var error = Assert.Throws<SrkException>(() => CheckpointFolder.Bytes(file, name));
            Assert.Contains("'archive/data/0': expected bytes of CRC", error.Message, StringComparison.Ordinal);
            Assert.Contains("get it again", error.Message, StringComparison.Ordinal);
            Assert.Throws<SrkException>(() => file.ReadBytes(name, new byte[2]));
        }
    }

    [Fact]
    public void ManyThreadsReadOneFile()
    {
        var values = MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 100_000).Select(i => (float)i)]).ToArray();
        using var file = _files.Open(TorchFile.Zip(new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["w"] = new(TensorType.F32, [100_000], values) }));
        Parallel.For(0, 8, _ => Assert.Equal(values, CheckpointFolder.Bytes(file, "w")));
    }

    [Fact]
    public void AFileThatShrinksWhileItIsOpenIsAnError()
    {
        var path = _files.PathOf("shrinks.pth");
        File.WriteAllBytes(path, TorchFile.Legacy(Two()));
        using var file = CheckpointFile.Open(path);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(writer.Length - 1);
        Assert.Contains("shrank", Assert.Throws<SrkException>(() => CheckpointFolder.Bytes(file, "b")).Message, StringComparison.Ordinal);
    }

    internal static string Committed(string name) => Path.Combine(RepositoryFiles.Root, "kernels-tests", "Checkpoints", name);

    private static Dictionary<string, TensorContent> Two(string before = "", string beforeSecond = "") => new(StringComparer.Ordinal)
    {
        [before + "a"] = new(TensorType.F32, [3, 1], new byte[12]), [beforeSecond + "b"] = new(TensorType.F16, [], new byte[] { 0, 0x3C }),
    };
}
