namespace SRKernels.Runtime.Loading;

/// <summary>Images as bytes, little-endian: the same for those embedded in assemblies and those cached on disk.</summary>
internal static class KernelImageFormat
{
    /// <summary>Part of every cache key and of the embedded archive's first bytes: a change of the layout orphans what was written before.</summary>
    internal const string Version = "SRKERNELS 1";

    internal static void Write(BinaryWriter writer, KernelImage image)
    {
        writer.Write(image.Name);
        writer.Write((byte)image.Format);
        writer.Write(image.Target);
        writer.Write(image.MaxThreads);
        writer.Write(image.UsesDynamicShared);
        writer.Write((ushort)image.Parameters.Count);
        foreach (var parameter in image.Parameters) writer.Write((byte)parameter);
        writer.Write(image.Text);
    }

    /// <summary>Throws <see cref="InvalidDataException"/> or <see cref="EndOfStreamException"/> where the bytes are not what <see cref="Write"/> wrote.</summary>
    internal static KernelImage Read(BinaryReader reader)
    {
        var name = reader.ReadString();
        var format = (KernelFormat)reader.ReadByte();
        var target = reader.ReadInt32();
        var maxThreads = reader.ReadInt32();
        var usesDynamicShared = reader.ReadBoolean();
        var parameters = new KernelParameter[reader.ReadUInt16()];
        for (var i = 0; i < parameters.Length; i++) parameters[i] = (KernelParameter)reader.ReadByte();
        if (format > KernelFormat.Ir || Array.Exists(parameters, p => p > KernelParameter.Float64))
            throw new InvalidDataException($"kernel image {name}: expected a known format and parameters, got {format}");
        return new KernelImage(name, format, reader.ReadString(), parameters)
        {
            Target = target,
            MaxThreads = maxThreads,
            UsesDynamicShared = usesDynamicShared,
        };
    }
}
