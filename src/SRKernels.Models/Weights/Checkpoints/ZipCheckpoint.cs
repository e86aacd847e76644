using Microsoft.Win32.SafeHandles;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>The container of today: a zip file with <c>NAME/data.pkl</c> and a member <c>NAME/data/KEY</c> for each storage.</summary>
internal static class ZipCheckpoint
{
    private const string Pickle = "data.pkl";

    public static CheckpointContents Read(string who, SafeFileHandle handle)
    {
        using var file = new FileSlice(handle, 0, RandomAccess.GetLength(handle));
        var members = ZipDirectory.Read(who, file);
        var folder = Folder(who, members.Keys);
        if (members.TryGetValue(folder + "byteorder", out var order) && System.Text.Encoding.Latin1.GetString(Bytes(who, handle, order)) is var named and not "little")
            throw new SrkException(who, "numbers in little-endian order", $"'{ShownName.Of(named)}'", "save it again on a machine of that order");
        var pickle = new MemoryStream(Bytes(who, handle, members[folder + Pickle]), writable: false);
        var input = new PickleInput(who, pickle);
        var root = new PickleReader(who, input, CheckpointContents.Reference).Read();
        if (input.Position != pickle.Length) throw new SrkException(
            who, "one pickle in its data.pkl", "more behind it", "the file was not written by torch: get it again");
        var storages = new Dictionary<string, StoredBytes>(StringComparer.Ordinal);
        foreach (var member in members.Values)
            if (member.Name.StartsWith(folder + "data/", StringComparison.Ordinal))
                storages.Add(member.Name[(folder.Length + 5)..], Stored(who, handle, member));
        return new CheckpointContents("torch checkpoint", root, storages);
    }

    /// <summary>Whether a member is part of a TorchScript program.</summary>
    public static bool IsOfProgram(string name) => name.IndexOf('/', StringComparison.Ordinal) is var slash
        && (name[(slash + 1)..] == "constants.pkl" || name[(slash + 1)..].StartsWith("code/", StringComparison.Ordinal));

    public static SrkException Program(string who) => new(
        who, "a checkpoint of tensors", "a TorchScript program", "get the authors' file of weights, or save its state_dict() with torch.save");

    /// <summary>The one folder of the file that all lies in; its name is the writer's choice.</summary>
    private static string Folder(string who, IEnumerable<string> names)
    {
        string[] pickles = [.. names.Where(name => name == Pickle || (name.EndsWith("/" + Pickle, StringComparison.Ordinal) && name.Count(c => c == '/') == 1))];
        if (pickles.Length != 1)
        {
            throw new SrkException(
                who, "a zip file of torch.save, with one data.pkl", pickles.Length == 0 ? "one without: another kind of file" : $"{pickles.Length} of them",
                "get the checkpoint itself, not what it was packed in");
        }

        return pickles[0][..^Pickle.Length];
    }

    private static StoredBytes Stored(string who, SafeFileHandle handle, ZipMember member) =>
        new($"{who}: '{ShownName.Of(member.Name)}'", handle, member.OffsetBytes, member.LengthBytes, member.Crc);

    private static byte[] Bytes(string who, SafeFileHandle handle, ZipMember member)
    {
        if (member.LengthBytes > PickleInput.MostBytes)
            throw new SrkException(
                who, $"at most {PickleInput.MostBytes >> 20} MiB beside its tensors", $"{member.LengthBytes} bytes in '{ShownName.Of(member.Name)}'",
                "save the tensors alone, as a dictionary by name");
        var bytes = new byte[member.LengthBytes];
        using var whole = Stored(who, handle, member).Whole();
        return whole.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? bytes
            : throw new SrkException(
                who, $"{bytes.Length} bytes in '{ShownName.Of(member.Name)}'", "the file's end", "the file shrank while it was read: fetch it again");
    }
}
