using SRKernels.Models.Imaging.Jpeg;

namespace SRKernels.Tests.Imaging;

/// <summary>Codes binary decisions (ITU T.81, D.1). Bytes are gathered first, so that a carry simply runs back through them.</summary>
internal sealed class ArithmeticEncoder
{
    private readonly List<byte> bytes = [];
    private uint code;
    private uint interval = 0x10000;
    private int bits = 11;

    public void Encode(ref byte state, int decision)
    {
        uint entry = ArithmeticStates.Of(state), estimate = ArithmeticStates.Estimate(entry);
        interval -= estimate;
        bool isProbable = decision == state >> 7;
        if (isProbable && interval >= 0x8000) return;
        // Figures D.3 and D.4: the more probable symbol has the larger part.
        if (isProbable == interval < estimate)
        {
            code += interval;
            interval = estimate;
        }

        state = isProbable ? ArithmeticStates.Probable(entry) : ArithmeticStates.Improbable(entry);
        do
        {
            interval <<= 1;
            code <<= 1;
            if (--bits == 0) PutByte();
        }
        while (interval < 0x8000);
    }

    /// <summary>What was coded, with a zero stuffed behind each 0xFF; ready for the next interval.</summary>
    public byte[] Finish()
    {
        // Figure D.15: the value of the interval with the most zeros at its end.
        uint end = (code + interval - 1) & 0xFFFF0000;
        code = (end < code ? end + 0x8000 : end) << bits;
        PutByte();
        code <<= 8;
        PutByte();
        while (bytes.Count > 0 && bytes[^1] == 0) bytes.RemoveAt(bytes.Count - 1);
        byte[] result = [.. bytes.SelectMany(b => b == 0xFF ? new byte[] { 0xFF, 0 } : [b])];
        bytes.Clear();
        (code, interval, bits) = (0, 0x10000, 11);
        return result;
    }

    private void PutByte()
    {
        uint value = code >> 19;
        int at = bytes.Count;
        if (value > 0xFF)
            while (at > 0 && ++bytes[--at] == 0) continue;
        bytes.Add((byte)value);
        code &= 0x7FFFF;
        bits = 8;
    }
}
