using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Pickles that would run code in Python, take its memory, or confuse a reader: DESIGN.md §4, instruction by instruction.</summary>
public sealed class PickleHostileTests : IDisposable
{
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>
    /// Every way a pickle has to call something, each asking a shell for a file: nothing is called, the tensors beside it are read, and whoever needs
    /// its value is told.
    /// </summary>
    public static TheoryData<string> Calls() =>
        ["REDUCE", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ", "STACK_GLOBAL", "BUILD", "NESTED", "GETATTR", "AS_KEY", "REBUILT", "PERSID"];

    [Theory]
    [MemberData(nameof(Calls))]
    public void NothingIsCalled(string how)
    {
        var trap = _files.PathOf("trap");
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, PickleBytes.Mark).Text("evil").Do(p => Call(p, how, $"touch {trap}"))
            .Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItems, PickleBytes.Stop).ToArray();
        using var file = _files.OpenPickle(pickle);
        Assert.Equal([0, 1, 2, 3], CheckpointFolder.Bytes(file, "w"));
        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.False(File.Exists(trap), $"{how} ran a command");
        var error = Assert.Throws<SrkException>(() => ((IWeightSource)file).TryGetShape("evil", out _));
        Assert.Contains("'evil': expected a tensor, got an object of '", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing in the file is run", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("trust", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<SrkException>(() => file.ReadBytes("evil", new byte[1]));
    }

    [PythonFact]
    public void TheAttackIsReal_PythonRunsIt()
    {
        var trap = _files.PathOf("trap");
        var pickle = _files.PathOf("attack.pkl");
        File.WriteAllBytes(pickle, new PickleBytes().Do(p => Call(p, "REDUCE", $"touch {trap}")).Op(PickleBytes.Stop).ToArray());
        ChildProcess.Run("/usr/bin/python3", ["-c", "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))", pickle]);
        Assert.True(File.Exists(trap), "the pickle of the tests runs nothing in Python either, so they show nothing");
    }

    [Fact]
    public void WeightsThatAreMadeByACallAreNamedByIt()
    {
        var whole = new PickleBytes().Do(p => Call(p, "REDUCE", "true")).Op(PickleBytes.Stop).ToArray();
        Assert.Contains("an object of 'os.system', which is not made", Assert.Throws<SrkException>(() => _files.OpenPickle(whole)).Message, StringComparison.Ordinal);
        var inside = PickleBytes.Dictionary("state_dict", p => Call(p, "REDUCE", "true"));
        Assert.Contains("a dictionary of state_dict", Assert.Throws<SrkException>(() => _files.OpenPickle(inside)).Message, StringComparison.Ordinal);
        // A whole module, as torch.save(model) leaves it: its class is the authors' and is not made, whatever state it is given.
        var module = new PickleBytes().Global("models.unet", "UNet").Op(PickleBytes.EmptyTuple, PickleBytes.NewObj, PickleBytes.EmptyDict).Text("w")
            .Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem, PickleBytes.Build, PickleBytes.Stop).ToArray();
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(module));
        Assert.Contains("'models.unet.UNet'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStateChangesNothingThatIsRead()
    {
        // BUILD gives objects their attributes in Python, a dictionary's __class__ and a tensor's data too.
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, PickleBytes.Mark).Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.EmptyDict).Text("data")
            .Tensor("Byte", "0", 16, [2], [1], offset: 8).Op(PickleBytes.SetItem, PickleBytes.Build, PickleBytes.SetItems, PickleBytes.EmptyDict).Text("__class__")
            .Global("os", "system").Op(PickleBytes.SetItem, PickleBytes.Build, PickleBytes.Stop).ToArray();
        using var file = _files.OpenPickle(pickle);
        Assert.Equal([0, 1, 2, 3], CheckpointFolder.Bytes(file, "w"));
    }

    [Theory]
    [InlineData(0x82)]
    [InlineData(0x83)]
    [InlineData(0x84)]
    [InlineData(0x97)]
    [InlineData(0x98)]
    [InlineData((byte)'P')]
    [InlineData(0xFF)]
    [InlineData(0)]
    public void InstructionsOutsideTheListAreRefusedByTheirCode(byte code)
    {
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(new PickleBytes().Op(PickleBytes.EmptyDict, code, 1, 0, 0, 0, PickleBytes.Stop).ToArray()));
        Assert.Contains($"instruction 0x{code:X2} at byte 3", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Each of the 256 codes behind values and marks of every kind, with what follows cut or whole: an answer in four parts, never another exception.</summary>
    [Fact]
    public void EveryInstructionMeetsAnEmptyStackAndOddValues()
    {
        byte[][] before =
        [
            [], [PickleBytes.Mark], [(byte)'N'], [PickleBytes.EmptyDict], [PickleBytes.EmptyList, (byte)'N'], [PickleBytes.EmptyTuple, PickleBytes.EmptyTuple],
            [PickleBytes.Mark, (byte)'N'], [PickleBytes.EmptyDict, PickleBytes.Mark, (byte)'N'], [0x88, 0x88, 0x88],
            [PickleBytes.EmptyDict, (byte)'q', 0, (byte)'0', PickleBytes.Mark, (byte)'h', 0, (byte)'h', 0],
        ];
        byte[][] behind =
        [
            [], [PickleBytes.Stop], [0, 0, 0, 0, 0, 0, 0, 0, PickleBytes.Stop], [255, 255, 255, 255, 255, 255, 255, 127, PickleBytes.Stop], [.. "1\n1\n."u8], [.. "-9\nx\n."u8],
        ];
        var refused = 0;
        for (var code = 0; code < 256; code++)
            foreach (var first in before)
                foreach (var last in behind)
                {
                    // None of them is a dictionary of tensors.
                    var error = Record.Exception(() => _files.OpenPickle(new PickleBytes().Op([.. first, (byte)code, .. last]).ToArray()).Dispose());
                    Assert.True(error is SrkException, $"0x{code:X2} between {Convert.ToHexString(first)} and {Convert.ToHexString(last)}: {error}");
                    refused++;
                }

        Assert.Equal(256 * before.Length * behind.Length, refused);
    }

    [Theory]
    [InlineData("a value at place 7", 'h', new byte[] { 7 })]
    [InlineData("places in its memo from 0", 'r', new byte[] { 255, 255, 255, 255 })]
    [InlineData("the download is incomplete", 'X', new byte[] { 255, 255, 255, 255 })]
    [InlineData("the download is incomplete", 'T', new byte[] { 0, 0, 0, 128 })]
    [InlineData("the download is incomplete", 0x8D, new byte[] { 0, 0, 0, 0, 0, 0, 0, 64 })]
    [InlineData("the download is incomplete", 0x8E, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData("integers of at most", 0x8B, new byte[] { 255, 255, 255, 127 })]
    [InlineData("UTF-8", 'X', new byte[] { 2, 0, 0, 0, 0xC3, 0x28 })]
    [InlineData("a protocol up to 5", 0x80, new byte[] { 9 })]
    [InlineData("the download is incomplete", 'c', new byte[] { 65, 66 })]
    public void NumbersThatCannotBeAreRefusedBeforeMemoryIsTaken(string expected, int code, byte[] rest)
    {
        var bytes = TorchFile.Zip(new PickleBytes().Op(PickleBytes.EmptyDict, (byte)code).Op(rest).Op(PickleBytes.Stop).ToArray(), []);
        var path = _files.PathOf("numbers.pth");
        File.WriteAllBytes(path, bytes);
        Assert.Throws<SrkException>(() => WeightFile.Open(path));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(expected, Assert.Throws<SrkException>(() => WeightFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void DepthCostsNoStack()
    {
        var deep = new PickleBytes().Op(PickleBytes.EmptyDict).Text("deep").Op(PickleBytes.EmptyTuple);
        for (var i = 0; i < 400_000; i++) deep.Op(0x85);
        deep.Op(PickleBytes.SetItem).Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop);
        using var file = _files.OpenPickle(deep.ToArray());
        Assert.Equal(["w"], file.Tensors.Keys);
        var marks = new PickleBytes();
        for (var i = 0; i < 400_000; i++) marks.Op(PickleBytes.Mark);
        Assert.Throws<SrkException>(() => _files.OpenPickle(marks.Op(PickleBytes.Stop).ToArray()));
    }

    [Fact]
    public void WhatContainsItselfIsNotWalked()
    {
        // d = {}; d["state_dict"] = d; d["model"] = [d, d]; d["w"] = a tensor.
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict, (byte)'q', 0).Text("state_dict").Op((byte)'h', 0, PickleBytes.SetItem)
            .Text("model").Op(PickleBytes.EmptyList, (byte)'h', 0, PickleBytes.Append, (byte)'h', 0)
            .Op(PickleBytes.Append, PickleBytes.SetItem).Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray();
        using var file = _files.OpenPickle(pickle);
        Assert.Equal([0, 1, 2, 3], CheckpointFolder.Bytes(file, "w"));
    }

    [Fact]
    public void WhatDoublesIsNotCopied()
    {
        // t = (t, t), sixty times over: 2^60 values to whoever walks them.
        var pickle = new PickleBytes().Op(PickleBytes.EmptyDict).Text("laughs").Op(PickleBytes.EmptyTuple);
        for (var i = 0; i < 60; i++) pickle.Op((byte)'2', 0x86);
        pickle.Op(PickleBytes.SetItem).Text("w").Global("torch._utils", "_rebuild_tensor_v2").Op(PickleBytes.Mark).Storage("Byte", "0", 16).Int(0).Op(PickleBytes.EmptyTuple);
        for (var i = 0; i < 60; i++) pickle.Op((byte)'2', 0x86);
        pickle.Ints([1]).Op(PickleBytes.Tuple, PickleBytes.Reduce, PickleBytes.SetItem).Text("x").Tensor("Byte", "0", 16, [1], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop);
        using var file = _files.OpenPickle(pickle.ToArray());
        Assert.Equal(["x"], file.Tensors.Keys);
        Assert.Contains("of unknown arguments", file.Opaque["w"], StringComparison.Ordinal);
    }

    [Fact]
    public void ManyValuesOfOneByteEachAreRefused()
    {
        foreach (var code in (byte[])[PickleBytes.EmptyDict, PickleBytes.EmptyList, (byte)'N', PickleBytes.Mark])
        {
            var pickle = new byte[3_000_001];
            pickle.AsSpan().Fill(code);
            (pickle[0], pickle[1]) = (0x80, 4);
            pickle[^1] = PickleBytes.Stop;
            var bytes = TorchFile.Zip(pickle, []);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("values", Assert.Throws<SrkException>(() => _files.Open(bytes)).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 << 20);
        }
    }

    [Theory]
    [InlineData("inside the storage", 16, new long[] { 17 }, new long[] { 1 }, 0)]
    [InlineData("inside the storage", 16, new long[] { 4 }, new long[] { 1 }, 13)]
    [InlineData("inside the storage", 16, new long[] { 2, 2 }, new long[] { 16, 1 }, 0)]
    [InlineData("inside the storage", 16, new long[] { }, new long[] { }, 16)]
    [InlineData("can be counted", 16, new long[] { 2 }, new long[] { long.MaxValue }, 0)]
    [InlineData("inside the storage", 16, new long[] { 2 }, new long[] { long.MaxValue / 2 }, 0)]
    [InlineData("can be counted", 16, new long[] { 3 }, new long[] { long.MaxValue }, 0)]
    [InlineData("can be counted", 16, new long[] { long.MaxValue, long.MaxValue }, new long[] { 0, 0 }, 0)]
    [InlineData("can be counted", 16, new long[] { 1 }, new long[] { 1 }, long.MaxValue)]
    [InlineData("at least 0", 16, new long[] { -1 }, new long[] { 1 }, 0)]
    [InlineData("at least 0", 16, new long[] { 4 }, new long[] { -1 }, 3)]
    [InlineData("at least 0", 16, new long[] { 4 }, new long[] { 1 }, -1)]
    [InlineData("each with a stride", 16, new long[] { 4, 4 }, new long[] { 1 }, 0)]
    [InlineData("a view that repeats", 16, new long[] { 1_000_000_000_000 }, new long[] { 0 }, 0)]
    [InlineData("a view that repeats", 16, new long[] { 4, 5 }, new long[] { 1, 1 }, 0)]
    [InlineData("in storage '0'", 17, new long[] { 4 }, new long[] { 1 }, 0)]
    [InlineData("can be counted", long.MaxValue, new long[] { 4 }, new long[] { 1 }, 0, "Long")]
    [InlineData("in storage '0'", 3, new long[] { 1 }, new long[] { 1 }, 0, "Long")]
    public void ATensorThatDoesNotLieInItsStorageIsRefused(string expected, long count, long[] shape, long[] strides, long offset, string type = "Byte")
    {
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(PickleBytes.Dictionary("w", p => p.Tensor(type, "0", count, shape, strides, offset))));
        Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATensorOfAnotherFilesStorageIsRefused()
    {
        foreach (var key in (string[])["1", "../data/0", "", "0\0", "data.pkl"])
        {
            var error = Assert.Throws<SrkException>(() => _files.OpenPickle(PickleBytes.Dictionary("w", p => p.Tensor("Byte", key, 16, [4], [1]))));
            Assert.Contains("in the file, got none", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TensorsOfTypesThatAreNotReadAreNamedWhereTheyAreNeeded()
    {
        using var file = _files.OpenPickle(new PickleBytes().Op(PickleBytes.EmptyDict).Text("complex").Tensor("ComplexFloat", "0", 2, [2], [1]).Op(PickleBytes.SetItem)
            .Text("w").Tensor("Byte", "0", 16, [4], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray());
        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Contains("torch.ComplexFloatStorage", Assert.Throws<SrkException>(() => ((IWeightSource)file).TryGetShape("complex", out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHostileNameDoesNotReachTheTerminal()
    {
        var name = "\u001b[2J" + new string('x', 5000);
        var error = Assert.Throws<SrkException>(() => _files.OpenPickle(PickleBytes.Dictionary(name, p => p.Tensor("Byte", "0", 99, [4], [1]))));
        Assert.True(error.Message.Length < 700, $"{error.Message.Length} characters");
        Assert.DoesNotContain('\u001b', error.Message);
    }

    private static void Call(PickleBytes p, string how, string command)
    {
        void Arguments() => p.Op(PickleBytes.Mark).Text(command).Op(PickleBytes.Tuple);
        switch (how)
        {
            case "REDUCE": p.Global("os", "system"); Arguments(); p.Op(PickleBytes.Reduce); break;
            case "NEWOBJ": p.Global("subprocess", "Popen"); Arguments(); p.Op(PickleBytes.NewObj); break;
            case "NEWOBJ_EX": p.Global("subprocess", "Popen"); Arguments(); p.Op(PickleBytes.EmptyDict, 0x92); break;
            case "INST": p.Op(PickleBytes.Mark).Text(command).Line('i', "os", "system"); break;
            case "OBJ": p.Op(PickleBytes.Mark).Global("os", "system").Text(command).Op((byte)'o'); break;
            case "STACK_GLOBAL": p.Text("os").Text("system").Op(0x93); Arguments(); p.Op(PickleBytes.Reduce); break;
            // What BUILD would give to __setstate__.
            case "BUILD": p.Global("os", "system").Op(PickleBytes.EmptyTuple, PickleBytes.NewObj).Text(command).Op(PickleBytes.Build); break;
            // The result of one call called with the result of another.
            case "NESTED":
                p.Global("builtins", "getattr").Op(PickleBytes.Mark).Global("builtins", "__import__").Op(PickleBytes.Mark).Text("os").Op(PickleBytes.Tuple, PickleBytes.Reduce);
                p.Text("system").Op(PickleBytes.Tuple, PickleBytes.Reduce);
                Arguments();
                p.Op(PickleBytes.Reduce);
                break;
            // Attributes of something that is on the list.
            case "GETATTR": p.Op(0x80, 4).Text("collections").Text("OrderedDict.__init__.__globals__").Op(0x93); Arguments(); p.Op(PickleBytes.Reduce); break;
            case "AS_KEY": p.Op(PickleBytes.EmptyDict); Call(p, "REDUCE", command); p.Op((byte)'N', PickleBytes.SetItem, (byte)'0'); Call(p, "REDUCE", command); break;
            // A tensor made by a function on the list, of what a call gave.
            case "REBUILT":
                p.Global("torch._utils", "_rebuild_tensor_v2").Op(PickleBytes.Mark);
                Call(p, "REDUCE", command);
                p.Int(0).Ints([1]).Ints([1]).Op(PickleBytes.NewFalse, (byte)'N', PickleBytes.Tuple, PickleBytes.Reduce);
                break;
            default: Call(p, "REDUCE", command); p.Op(PickleBytes.BinPersid); break;
        }
    }
}
