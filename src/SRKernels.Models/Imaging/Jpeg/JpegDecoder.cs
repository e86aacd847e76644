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
/// ITU T.81 (baseline, extended sequential and progressive Huffman frames of 8 bits), T.871 (JFIF), Adobe TN 5116.
/// Tolerated as libjpeg does: bytes between segments, fill bytes, trailing data, a missing EOI where every coefficient
/// is there, Motion JPEG's missing standard tables. Refused: anything wrong within entropy-coded data; a truncated file
/// is an error, not a grey half. A progressive file that ends (by EOI) before its last refinement is shown as far as it
/// goes; libjpeg would smooth its blocks.
/// </remarks>
internal sealed class JpegDecoder(ImageLimits limits)
{
    // Files in use have up to about 15; each scan may cost a pass over the coefficients.
    private const int MaxScans = 100;
    private const int MaxPassesOverBlocks = 40;

    private readonly JpegTables tables = new();
    private readonly JpegMetadata metadata = new(limits);
    private JpegFrame? frame;
    private int scans;
    private long blocksWalked;

    public JpegStage Stage { get; private set; }

    /// <summary>The picture in <paramref name="data"/>.</summary>
    /// <exception cref="ImageException">It is damaged, over a limit, or of an unsupported kind.</exception>
    public Image Decode(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2 || data[0] != 0xFF || data[1] != JpegMarker.Soi)
            JpegFault.Throw("a file that begins with SOI (FFD8)", data.Length < 2 ? "fewer bytes" : $"{data[0]:X2}{data[1]:X2}");
        ReadScans(data);
        Stage = JpegStage.Pixels;
        var image = JpegPixels.Make(frame!, metadata);
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
                JpegFault.Throw("Huffman coding", "arithmetic coding", "re-save it with another program");
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
        if (marker > JpegMarker.Sof2)
            JpegFault.Throw("a baseline, extended or progressive Huffman frame (SOF0..SOF2)", $"SOF{marker - JpegMarker.Sof0}: {Kind(marker)}",
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
            if (Array.Exists(components, c => c?.Id == id))
                JpegFault.Throw("components with different ids", $"{id} twice");
            components[i] = new JpegComponent(id, h, v, slot);
        }

        var read = new JpegFrame(width, height, marker == JpegMarker.Sof2, components);
        foreach (var component in components) ChromaUpsampling.CheckRatio(component, read);
        // A block takes at least two bits (one in a first progressive scan): a file too short for its size is refused
        // before memory is taken.
        if (read.Blocks * (read.Progressive ? 1 : 2) > 8L * fileBytes)
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
            component.Allocate(frame.Progressive);
        }

        var reader = new JpegBitReader(data, position);
        if (frame.Progressive)
        {
            var progressive = new ProgressiveScan(scan);
            scan.Walk(ref reader, frame, tables.RestartInterval, progressive.Decoder, progressive.Restarted);
            foreach (var component in scan.Components)
                component.KnownTo.AsSpan(scan.Start, scan.End - scan.Start + 1).Fill((sbyte)scan.Low);
        }
        else
        {
            scan.Walk(ref reader, frame, tables.RestartInterval, new SequentialScan().Decode, restarted: null);
        }

        foreach (var component in scan.Components) component.Decoded = true;
        return reader.Position;
    }

    // Nothing more can come: all components, and in a progressive file all bits of all coefficients.
    private bool IsWhole() => Array.TrueForAll(
        frame!.Components, c => c.Decoded && (!frame.Progressive || Array.TrueForAll(c.KnownTo, k => k == 0)));

    private void CheckHasAllComponents()
    {
        if (frame is null) JpegFault.Throw("a picture", "EOI before a frame header");
        foreach (var component in frame.Components)
            if (!component.Decoded || (frame.Progressive && component.KnownTo[0] < 0))
                JpegFault.Throw("a scan for each component", $"none for component {component.Id}");
    }

    private static string Kind(byte marker) => marker switch
    {
        0xC3 or 0xC7 or 0xCB or 0xCF => "lossless",
        >= 0xC9 => "arithmetic coding",
        _ => "hierarchical",
    };
}
