using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Zip files and old containers that lie, overlap, hide something or are cut: DESIGN.md §4.</summary>
public sealed class ZipHostileTests : IDisposable
{
    private static readonly byte[] s_pickle = PickleBytes.Dictionary("w", p => p.Tensor("Byte", "0", 16, [16], [1]));
    private static readonly ZipItem s_described = new("a/data.pkl", s_pickle), s_stored = new("a/data/0", CheckpointFolder.Counting(16));
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, string> Lies() => new()
    {
        { "a name that climbs", "plain names, got 'a/../../etc/passwd'" },
        { "an absolute name", "plain names, got '/data/0'" },
        { "a name of a drive", "plain names, got 'C:data'" },
        { "a backslash", "plain names" },
        { "no name", "plain names, got ''" },
        { "one name twice", "'a/data/0' twice" },
        { "a compressed member", "zip it again without compression" },
        { "a bomb", "zip it again without compression" },
        { "an encrypted member", "encrypted" },
        { "a member inside another", "where the one before ends" },
        { "two entries for one member", "where the one before ends" },
        { "a hole", "where the one before ends" },
        { "something before", "where the one before ends" },
        { "something behind", "bytes behind its end" },
        { "another name inside", "in two places alike" },
        { "another sum inside", "in its own header" },
        { "another length", "where the one before ends" },
        { "a length beyond the file", "to lie before the directory" },
        { "a length of 2^63", "to lie before the directory" },
        { "a negative length", "a member's description" },
        { "an offset beyond the file", "where the one before ends" },
        { "more members than there are", "a directory of 9 members" },
        { "fewer members than there are", "1 members, got 2" },
        { "a million members", "at most 100000 members" },
        { "2^63 members", "members" },
        { "sizes behind it that differ", "the sizes of 'a/data/0' behind it" },
        { "no data.pkl", "one without: another kind of file" },
        { "two data.pkl", "2 of them" },
        { "a data.pkl below another folder", "one without" },
        { "a program", "a TorchScript program" },
        { "big-endian numbers", "little-endian order, got 'big'" },
        { "a storage missing", "a storage '0' in the file, got none" },
        { "bytes behind its pickle", "more behind it" },
        { "a damaged pickle", "'a/data.pkl': expected bytes of CRC" },
        { "no members", "a directory of 0 members" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void WhatIsNotRightIsNamed(string lie, string expected)
    {
        var error = Assert.Throws<SrkException>(() => _files.Open(Make(lie)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("trust", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void TheFileThatTheLiesAreMadeOfIsRead()
    {
        using var file = _files.Open(ZipBytes.Make([s_described, s_stored]));
        Assert.Equal(s_stored.Data, CheckpointFolder.Bytes(file, "w"));
        using var commented = _files.Open(ZipBytes.Make([s_described, s_stored], comment: "made by hand"));
        Assert.Equal(["w"], commented.Tensors.Keys);
    }

    /// <summary>A file that is two: what the magic of one container says decides, and the rest of the file belongs to nobody, so both are refused.</summary>
    [Fact]
    public void AFileOfTwoContainersIsNoneOfThem()
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["w"] = new(TensorType.U8, [4], new byte[4]) };
        var (old, zip) = (TorchFile.Legacy(tensors), TorchFile.Zip(tensors));
        Assert.Contains("a file of", Assert.Throws<SrkException>(() => _files.Open([.. old, .. zip])).Message, StringComparison.Ordinal);
        var behindAnother = ZipBytes.Make([s_described, s_stored], prefix: [.. "PK\u0003\u0004"u8, .. old]);
        Assert.Contains("where the one before ends", Assert.Throws<SrkException>(() => _files.Open(behindAnother)).Message, StringComparison.Ordinal);
        Assert.Throws<SrkException>(() => _files.Open([.. zip, .. zip]));
    }

    /// <summary>Cut anywhere, both containers say that the download is incomplete, or that there is nothing.</summary>
    [Fact]
    public void ACutFileIsAnIncompleteDownload()
    {
        var tensors = Two(40);
        byte[][] whole =
        [
            TorchFile.Zip(tensors), TorchFile.Legacy(tensors), TorchFile.Zip(tensors, "state_dict"),
            .. new[] { "kinds_zip.pth", "kinds_legacy.pth" }.Select(name => File.ReadAllBytes(CheckpointFileTests.Committed(name))),
        ];
        foreach (var bytes in whole)
            for (var length = 0; length < bytes.Length; length += 1 + (length > 8 ? bytes.Length / 97 : 0))
            {
                var path = _files.PathOf("cut.pth");
                File.WriteAllBytes(path, bytes[..length]);
                var error = Assert.Throws<SrkException>(() => WeightFile.Open(path));
                if (length is > 8 or 0) Assert.Contains("the download is incomplete", error.Message, StringComparison.Ordinal);
            }
    }

    /// <summary>Any one byte of a zip checkpoint may change: it is refused, or it was none that means anything. Never another tensor.</summary>
    [Fact]
    public void NoFlippedByteChangesATensorInSilence()
    {
        var tensors = Two(10);
        var bytes = TorchFile.Zip(tensors, "state_dict");
        var path = _files.PathOf("flipped.pth");
        var refused = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x04;
            File.WriteAllBytes(path, bytes);
            bytes[at] ^= 0x04;
            try
            {
                using var file = WeightFile.Open(path);
                Assert.Equal(["v", "w"], file.Tensors.Keys.Order());
                foreach (var (name, tensor) in tensors) Assert.Equal(tensor.Bytes.ToArray(), CheckpointFolder.Bytes(file, name));
            }
            catch (SrkException)
            {
                refused++;
            }
        }

        // Dates, versions, attributes and padding mean nothing.
        Assert.InRange(refused, bytes.Length / 2, bytes.Length - 1);
    }

    [Theory]
    [InlineData("protocol 1001, got 1002")]
    [InlineData("little-endian")]
    [InlineData("6 elements in storage '0', got 7")]
    [InlineData("another pickle")]
    [InlineData("each storage once")]
    [InlineData("storages that its tensors name")]
    [InlineData("of one type and size")]
    [InlineData("a storage '0' in the file")]
    [InlineData("a list of its storages")]
    [InlineData("up to the file's end; the download is incomplete")]
    public void OldContainersThatLieAreNamed(string expected)
    {
        (string, int, byte[]) six = ("0", 6, new byte[6]);
        var pickle = PickleBytes.Dictionary("w", p => p.Tensor("Byte", "0", 6, [6], [1]));
        var huge = PickleBytes.Dictionary("w", p => p.Tensor("Long", "0", long.MaxValue / 4, [6], [1]));
        var two = new PickleBytes().Op(PickleBytes.EmptyDict).Text("w").Tensor("Byte", "0", 6, [6], [1]).Op(PickleBytes.SetItem)
            .Text("v").Tensor("Short", "0", 6, [6], [1]).Op(PickleBytes.SetItem, PickleBytes.Stop).ToArray();
        var bytes = expected[..8] switch
        {
            "protocol" => TorchFile.Legacy(pickle, [six], protocol: 1002),
            "little-e" => TorchFile.Legacy(pickle, [six], littleEndian: false),
            "6 elemen" => TorchFile.Legacy(pickle, [("0", 7, new byte[7])]),
            "another " => pickle,
            "each sto" => TorchFile.Legacy(pickle, [six, six]),
            "storages" => TorchFile.Legacy(pickle, [six, ("1", 1, new byte[1])]),
            "of one t" => TorchFile.Legacy(two, [six]),
            "a storag" => TorchFile.Legacy(pickle, []),
            "a list o" => [.. TorchFile.Legacy(pickle, [])[..^4], .. new PickleBytes().Op((byte)'N', PickleBytes.Stop).ToArray()],
            _ => Huge(huge),
        };
        Assert.Contains(expected, Assert.Throws<SrkException>(() => _files.Open(bytes)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, TensorContent> Two(int count) => new(StringComparer.Ordinal)
    {
        ["w"] = new(TensorType.F32, [count], CheckpointFolder.Counting(4 * count)), ["v"] = new(TensorType.U8, [3], new byte[3]),
    };

    private static byte[] Huge(byte[] pickle)
    {
        var bytes = TorchFile.Legacy(pickle, [("0", 0, new byte[6])]);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 14), long.MaxValue / 4);
        return bytes;
    }

    private static byte[] Make(string lie) => lie switch
    {
        "a name that climbs" => With(s_stored with { Name = "a/../../etc/passwd" }),
        "an absolute name" => With(s_stored with { Name = "/data/0" }),
        "a name of a drive" => With(s_stored with { Name = "C:data" }),
        "a backslash" => With(s_stored with { Name = @"a\..\data" }),
        "no name" => With(s_stored with { Name = "" }),
        "one name twice" => With(s_stored, s_stored),
        "a compressed member" => With(s_stored with { Method = 8 }),
        "a bomb" => With(s_stored with { Method = 8, IsWide = true, Length = 1L << 50 }),
        "an encrypted member" => With(s_stored with { Flags = 1 }),
        // Its own header lies among the bytes of the pickle's member.
        "a member inside another" => ZipBytes.Make([s_described, s_stored with { Offset = 20 }]),
        "two entries for one member" => With(s_stored, s_stored with { Name = "a/data/1", Data = [], Offset = 30 + s_described.Name.Length + s_pickle.Length }),
        "a hole" => ZipBytes.Make([s_described with { Gap = 7 }, s_stored]),
        "something before" => ZipBytes.Make([s_described, s_stored], prefix: "PK\u0003\u0004 before"u8.ToArray()),
        "something behind" => [.. With(s_stored), .. "behind"u8],
        "another name inside" => With(s_stored with { LocalName = "a/data/1" }),
        "another sum inside" => With(s_stored with { LocalCrc = 1 }),
        "another length" => ZipBytes.Make([s_stored with { Length = 15, Descriptor = 0, IsWide = true }, s_described]),
        "a length beyond the file" => With(s_stored with { Length = 1 << 20 }),
        "a length of 2^63" => With(s_stored with { Length = long.MaxValue, IsWide = true }),
        "a negative length" => With(s_stored with { Length = -1, IsWide = true }),
        "an offset beyond the file" => With(s_stored with { Offset = 1 << 20 }),
        "more members than there are" => ZipBytes.Make([s_described, s_stored], count: 9),
        "fewer members than there are" => ZipBytes.Make([s_described, s_stored], count: 1),
        "a million members" => ZipBytes.Make([s_described, s_stored], wide: true, count: 1_000_000),
        "2^63 members" => ZipBytes.Make([s_described, s_stored], wide: true, count: long.MinValue),
        "sizes behind it that differ" => With(s_stored with { Descriptor = 4, Crc = 5 }),
        "no data.pkl" => ZipBytes.Make([s_stored, new ZipItem("a/model.onnx", [1])]),
        "two data.pkl" => With(s_stored, s_described with { Name = "b/data.pkl" }),
        "a data.pkl below another folder" => ZipBytes.Make([s_described with { Name = "a/b/data.pkl" }]),
        "a program" => With(s_stored, new ZipItem("a/code/__torch__.py", "import os"u8.ToArray())),
        "big-endian numbers" => With(s_stored, new ZipItem("a/byteorder", "big"u8.ToArray())),
        "a storage missing" => ZipBytes.Make([s_described]),
        "bytes behind its pickle" => ZipBytes.Make([s_described with { Data = [.. s_pickle, 1] }, s_stored]),
        "a damaged pickle" => ZipBytes.Make([s_described with { Data = [.. s_pickle[..^1], (byte)'N'], Crc = ZipBytes.Crc(s_pickle), LocalCrc = ZipBytes.Crc(s_pickle) }, s_stored]),
        "no members" => [.. "PK\u0003\u0004"u8, .. ZipBytes.Make([])],
        _ => throw new ArgumentException(lie, nameof(lie)),
    };

    private static byte[] With(params ZipItem[] more) => ZipBytes.Make([s_described, .. more]);
}
