using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>How far a file was read, in messages and in the reports of mutated files.</summary>
internal enum JpegStage
{
    Header,
    Tables,
    FirstScan,
    LaterScans,
    Pixels,
    Complete,
}

/// <summary>Decodes one file: markers in order, scans into planes, planes into pixels.</summary>
/// <remarks>
/// ITU T.81 (baseline, extended sequential and progressive frames of 8 bits, by Huffman's codes or arithmetic), T.871 (JFIF), Adobe TN 5116.
/// Tolerated as libjpeg does: bytes between segments, fill bytes, trailing data, a missing EOI where every coefficient is there, component ids
/// that repeat, Motion JPEG's missing standard tables. A progressive file that ends (by EOI) before its last scans is smoothed, see <see
/// cref="BlockSmoothing"/>. Anything wrong within entropy-coded data is an error, and so is a truncated file, unless <see
/// cref="ImageLimits.Salvage"/> asks for what is there: then reading goes on as libjpeg does, and ends where a header is damaged.
/// </remarks>
internal sealed class JpegDecoder(ImageLimits limits)
{
    // Files in use have up to about 15; each scan may cost a pass over the coefficients.
    private const int MaxScans = 100;
    private const int MaxPassesOverBlocks = 40;

    private readonly JpegTables tables = new();
    private readonly JpegMetadata metadata = new(limits, new DroppedMetadata());
    private readonly JpegDamage? damage = limits.Salvage ? new JpegDamage() : null;
    private JpegFrame? frame;
    private int scans;
    private long blocksWalked;

    public JpegStage Stage { get; private set; }

    /// <summary>Whether some of the picture was there before it turned out to be damaged.</summary>
    public bool HasBegun => scans > 0 && Stage is JpegStage.FirstScan or JpegStage.LaterScans;

    /// <summary>The picture in <paramref name="data"/>.</summary>
    /// <exception cref="ImageException">It is damaged, over a limit, or of an unsupported kind.</exception>
    public Image Decode(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2 || data[0] != 0xFF || data[1] != JpegMarker.Soi)
            JpegFault.Throw("a file that begins with SOI (FFD8)", data.Length < 2 ? "fewer bytes" : $"{data[0]:X2}{data[1]:X2}");
        try
        {
            ReadScans(data);
        }
        catch (ImageException e) when (damage is not null && HasBegun && e.Remedy == JpegFault.Damaged)
        {
            damage.Note(e.Got);
        }

        Stage = JpegStage.Pixels;
        var image = JpegPixels.Make(frame!, metadata);
        if (damage?.First is { } what) image.Metadata = image.Metadata with { Damage = what };
        Stage = JpegStage.Complete;
        return image;
    }

    private void ReadScans(ReadOnlySpan<byte> data)
    {
        int position = 2;
        while (true)
        {
            int at = JpegSegments.FindMarker(data, position);
            if (at < 0)
            {
                if (frame is not null && IsWhole()) return;
                JpegFault.Truncated(scans == 0 ? "the file, before its first scan" : "the file, before its last scan");
            }

            byte marker = data[at];
            position = at + 1;
            if (marker is >= JpegMarker.Rst0 and <= JpegMarker.Rst7 or JpegMarker.Tem) continue;
            if (marker == JpegMarker.Eoi)
            {
                CheckHasAllComponents();
                return;
            }

            if (marker == JpegMarker.Soi) JpegFault.Throw("one picture", "a second SOI marker before its end");
            var payload = JpegSegments.Payload(data, position, marker);
            position += 2 + payload.Length;
            if (marker == JpegMarker.Sos)
            {
                position = ReadScan(data, position, payload);
                // What follows the last scan of a sequential file (previews, maps) is no part of this picture.
                if (!frame!.Progressive && IsWhole()) return;
            }
            else
            {
                ReadSegment(marker, payload, data.Length);
            }
        }
    }

    private void ReadSegment(byte marker, ReadOnlySpan<byte> payload, int fileBytes)
    {
        switch (marker)
        {
            case JpegMarker.Dqt:
                tables.ReadQuant(payload);
                break;
            case JpegMarker.Dht:
                tables.ReadHuffman(payload);
                break;
            case JpegMarker.Dri:
                tables.ReadRestartInterval(payload);
                break;
            case JpegMarker.Dac:
                tables.ReadConditioning(payload);
                break;
            case >= JpegMarker.Sof0 and <= JpegMarker.Sof15 when marker != 0xC8:
                ReadFrame(marker, payload, fileBytes);
                break;
            default:
                if (scans == 0) metadata.Read(marker, payload);
                break;
        }
    }

    private void ReadFrame(byte marker, ReadOnlySpan<byte> payload, int fileBytes)
    {
        if (marker is not (JpegMarker.Sof0 or JpegMarker.Sof1 or JpegMarker.Sof2 or JpegMarker.Sof9 or JpegMarker.Sof10))
            JpegFault.Throw("a baseline, extended or progressive frame (SOF0..SOF2, SOF9, SOF10)", $"SOF{marker - JpegMarker.Sof0}: {Kind(marker)}",
                "re-save it with another program");
        if (frame is not null) JpegFault.Throw("one frame", "a second frame header");
        if (payload.Length < 6) JpegFault.Truncated("the frame header");
        int precision = payload[0], count = payload[5];
        int height = BinaryPrimitives.ReadUInt16BigEndian(payload[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(payload[3..]);
        if (precision != 8) JpegFault.Throw("8 bits per sample", $"{precision}", "re-save it with another program");
        if (height == 0)
            JpegFault.Throw("the height in the frame header", "0: it comes in a DNL segment later",
                "re-save it with another program");
        if (count is not (1 or 3 or 4))
            JpegFault.Throw("1, 3 or 4 components", $"{count}", "re-save it with another program");
        if (payload.Length != 6 + 3 * count)
            JpegFault.Throw($"a frame header of {6 + 3 * count} bytes", $"{payload.Length}");
        limits.Check("JPEG", width, height, count == 1 ? PixelLayout.Grey : PixelLayout.Rgb);
        var components = new JpegComponent[count];
        for (int i = 0; i < count; i++)
        {
            byte id = payload[6 + 3 * i], factors = payload[7 + 3 * i], slot = payload[8 + 3 * i];
            int h = factors >> 4, v = factors & 15;
            if (h is < 1 or > 4 || v is < 1 or > 4)
                JpegFault.Throw("sampling factors 1..4", $"{h}x{v} for component {id}");
            if (slot > 3) JpegFault.Throw("a quantisation table slot 0..3", $"{slot} for component {id}");
            components[i] = new JpegComponent(id, h, v, slot);
        }

        var read = new JpegFrame(width, height, marker, components);
        foreach (var component in components) ChromaUpsampling.CheckRatio(component, read);
        // A block takes at least two bits (one in a first progressive scan): a file too short for its size is refused
        // before memory is taken. Of arithmetic blocks thousands can take one bit.
        if (!read.Arithmetic && read.Blocks * (read.Progressive ? 1 : 2) > 8L * fileBytes)
            JpegFault.Truncated($"a file of {width} x {height} pixels");
        frame = read;
        Stage = JpegStage.Tables;
    }

    private int ReadScan(ReadOnlySpan<byte> data, int position, ReadOnlySpan<byte> header)
    {
        if (frame is null) JpegFault.Throw("a frame header before the first scan", "none");
        if (++scans > MaxScans) JpegFault.Throw($"at most {MaxScans} scans", "more", "re-save it with another program");
        var scan = JpegScan.Read(header, frame, tables);
        blocksWalked += scan.CountBlocks(frame);
        if (blocksWalked > MaxPassesOverBlocks * (frame.Blocks + 100))
            JpegFault.Throw($"scans that pass over the picture {MaxPassesOverBlocks} times at most", "more",
                "re-save it with another program");
        Stage = scans == 1 ? JpegStage.FirstScan : JpegStage.LaterScans;
        foreach (var component in scan.Components)
        {
            if (!frame.Progressive && component.Decoded)
                JpegFault.Throw("each component in one scan", $"component {component.Id} in two");
            component.Allocate(frame.Progressive, limits.Salvage);
        }

        var reader = new JpegBitReader(data, position, damage);
        if (frame.Arithmetic)
        {
            var arithmetic = new ArithmeticScan(scan, frame.Progressive, tables);
            scan.Walk(ref reader, frame, tables.RestartInterval, arithmetic.Decoder, arithmetic.Restarted);
        }
        else if (frame.Progressive)
        {
            var progressive = new ProgressiveScan(scan);
            scan.Walk(ref reader, frame, tables.RestartInterval, progressive.Decoder, progressive.Restarted);
        }
        else
        {
            scan.Walk(ref reader, frame, tables.RestartInterval, new SequentialScan().Decode, restarted: null);
        }

        foreach (var component in scan.Components)
        {
            if (frame.Progressive)
            {
                if (scans > 1) component.KnownTo.CopyTo(component.KnownBefore, 0);
                component.KnownTo.AsSpan(scan.Start, scan.End - scan.Start + 1).Fill((sbyte)scan.Low);
            }

            component.Decoded = true;
        }

        return reader.Position;
    }

    // Nothing more can come: all components, and in a progressive file all bits of all coefficients.
    private bool IsWhole() => Array.TrueForAll(
        frame!.Components, c => c.Decoded && (!frame.Progressive || Array.TrueForAll(c.KnownTo, k => k == 0)));

    private void CheckHasAllComponents()
    {
        if (frame is null) JpegFault.Throw("a picture", "EOI before a frame header");
        if (scans == 0) JpegFault.Throw("a scan for each component", "none");
        foreach (var component in frame.Components)
            if (!component.Decoded || (frame.Progressive && component.KnownTo[0] < 0))
                JpegFault.Throw("a scan for each component", $"none for component {component.Id}");
    }

    private static string Kind(byte marker) => marker switch
    {
        0xC3 or 0xC7 or 0xCB or 0xCF => "lossless",
        _ => "hierarchical",
    };
}
