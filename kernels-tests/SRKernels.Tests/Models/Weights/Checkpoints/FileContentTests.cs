using System.Text;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>What people have instead of a checkpoint is named, whatever it is called.</summary>
public sealed class FileContentTests : IDisposable
{
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("", "an empty file; the download is incomplete")]
    [InlineData("\0\0\0\0", "zeros; the download is incomplete")]
    [InlineData("<!DOCTYPE html><html>Sign in</html>", "a web page")]
    [InlineData("\ufeff\n  <html>", "a web page")]
    [InlineData("<?xml version='1.0'?><Error>NoSuchKey</Error>", "a web page")]
    [InlineData("{\"error\": \"not found\"}", "a text: '{\"error\": \"not found\"}'")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "a Git LFS pointer")]
    [InlineData("\u001f\u008b\u0008", "a gzip file; unpack it first")]
    [InlineData("\u0089HDF\r\n", "an HDF5 file")]
    [InlineData("PK\u0003\u0004", "the download is incomplete")]
    [InlineData("PK\u0003\u0004 and a thousand bytes that end without a directory", "the download is incomplete")]
    [InlineData("some words", "safetensors")]
    [InlineData("Not Found", "a text: 'Not Found'; the server answered")]
    [InlineData("(dp0\nS'w'\np1\n", "a pickle of protocol 0; save it again with protocol 2")]
    [InlineData("7z\u00bc\u00af'\u001c", "a 7z file; unpack it first")]
    [InlineData("\u0089PNG\r\n\u001a\n", "a PNG picture")]
    public void WhatIsNoCheckpointIsNamed(string content, string expected)
    {
        foreach (var name in (string[])["model.pth", "model.safetensors", "model.bin"])
        {
            var path = _files.PathOf(name);
            File.WriteAllBytes(path, content.StartsWith('\ufeff') ? Encoding.UTF8.GetBytes(content) : Encoding.Latin1.GetBytes(content));
            var error = Assert.Throws<SrkException>(() => WeightFile.Open(path));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("trust", error.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void ATarFileOfOldIsNamed()
    {
        var bytes = new byte[1024];
        "sys_info"u8.CopyTo(bytes);
        "ustar"u8.CopyTo(bytes.AsSpan(257));
        Assert.Contains("a tar file", Assert.Throws<SrkException>(() => _files.Open(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFormatIsToldByTheBytesAndNotByTheName()
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["w"] = new(TensorType.U8, [4], new byte[4]) };
        var safetensors = new MemoryStream();
        SafetensorsWriter.Write(safetensors, tensors);
        (byte[], string)[] formats =
        [
            (safetensors.ToArray(), "safetensors"), (TorchFile.Zip(tensors), "torch checkpoint"), (TorchFile.Legacy(tensors), "torch checkpoint of the old kind"),
        ];
        foreach (var (bytes, format) in formats)
        {
            var path = _files.PathOf("any.bin");
            File.WriteAllBytes(path, bytes);
            using var file = WeightFile.Open(path);
            Assert.Equal(format, file.Format);
        }
    }

    [Fact]
    public void FoldersAndMissingFilesAreErrorsInFourParts()
    {
        Assert.Contains("readable file", Assert.Throws<SrkException>(() => WeightFile.Open(_files.Folder)).Message, StringComparison.Ordinal);
        Assert.Contains("readable file", Assert.Throws<SrkException>(() => WeightFile.Open(_files.PathOf("none.pth"))).Message, StringComparison.Ordinal);
    }
}
