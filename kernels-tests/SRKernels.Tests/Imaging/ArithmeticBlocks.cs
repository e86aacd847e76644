using SRKernels.Models.Imaging.Jpeg;

namespace SRKernels.Tests.Imaging;

/// <summary>Codes blocks of one arithmetic scan (ITU T.81, F.1.4 and G.1.3), sequential or progressive.</summary>
/// <param name="slots">How many statistics areas components share: that of c is c modulo it.</param>
/// <param name="scan">First and last coefficient, bit of the scan before (0: none) and of this one.</param>
/// <param name="conditioning">L, U and Kx.</param>
internal sealed class ArithmeticBlocks(int slots, (int Start, int End, int High, int Low) scan, (int Lower, int Upper, int LastLow) conditioning)
{
    private readonly ArithmeticEncoder encoder = new();
    private byte[][] dcStates = States(64), acStates = States(256);
    private int[] contexts = new int[4], previous = new int[4];
    private byte even = ArithmeticStates.Even;

    /// <summary>The bytes of an interval; the next one begins anew.</summary>
    public byte[] Finish()
    {
        (dcStates, acStates, contexts, previous) = (States(64), States(256), new int[4], new int[4]);
        return encoder.Finish();
    }

    /// <summary>Codes what the scan takes of a block.</summary>
    /// <param name="component">Its component.</param>
    /// <param name="block">Row-major: [64].</param>
    public void Write(int component, short[] block)
    {
        int[] values = [.. JpegMarker.ZigZag.ToArray().Select(at => (int)block[at])];
        byte[] ac = acStates[component % slots];
        if (scan.Start == 0 && scan.High == 0) WriteDc(component, values[0] >> scan.Low);
        else if (scan.Start == 0) encoder.Encode(ref even, (values[0] >> scan.Low) & 1);
        if (scan.End == 0) return;
        if (scan.High == 0) WriteAc(ac, values);
        else RefineAc(ac, values);
    }

    private static byte[][] States(int count) => [.. Enumerable.Range(0, 4).Select(_ => new byte[count])];

    private int Shifted(int value) => Math.Abs(value) >> scan.Low;

    private void WriteDc(int component, int value)
    {
        byte[] states = dcStates[component % slots];
        int difference = value - previous[component], at = contexts[component], size = Math.Abs(difference), sign = difference < 0 ? 1 : 0;
        previous[component] = value;
        contexts[component] = size <= (1 << conditioning.Lower) >> 1 ? 0 : (size > 1 << conditioning.Upper ? 12 : 4) + 4 * sign;
        encoder.Encode(ref states[at], size == 0 ? 0 : 1);
        if (size == 0) return;
        encoder.Encode(ref states[at + 1], sign);
        encoder.Encode(ref states[at + 2 + sign], size > 1 ? 1 : 0);
        if (size > 1) WriteMagnitude(states, 20, size - 1, 1);
    }

    private void WriteAc(byte[] states, int[] values)
    {
        int first = Math.Max(1, scan.Start), k = first, last = scan.End;
        while (last >= first && Shifted(values[last]) == 0) last--;
        for (; k <= last; k++)
        {
            encoder.Encode(ref states[3 * (k - 1)], 0);
            for (; Shifted(values[k]) == 0; k++) encoder.Encode(ref states[3 * k - 2], 0);
            encoder.Encode(ref states[3 * k - 2], 1);
            encoder.Encode(ref even, values[k] < 0 ? 1 : 0);
            int less = Shifted(values[k]) - 1;
            encoder.Encode(ref states[3 * k - 1], less > 0 ? 1 : 0);
            if (less > 0) encoder.Encode(ref states[3 * k - 1], less > 1 ? 1 : 0);
            if (less > 1) WriteMagnitude(states, k <= conditioning.LastLow ? 189 : 217, less, 2);
        }

        if (k <= scan.End) encoder.Encode(ref states[3 * (k - 1)], 1);
    }

    // Unary: how many doublings lead from `first` to the leading bit; then the bits below it.
    private void WriteMagnitude(byte[] states, int at, int magnitude, int first)
    {
        int leading = first;
        for (; leading << 1 <= magnitude; leading <<= 1) encoder.Encode(ref states[at++], 1);
        encoder.Encode(ref states[at], 0);
        for (int bit = leading >> 1; bit > 0; bit >>= 1) encoder.Encode(ref states[at + 14], (magnitude & bit) == 0 ? 0 : 1);
    }

    private void RefineAc(byte[] states, int[] values)
    {
        int k = scan.Start, last = scan.End, known = scan.End;
        while (last >= k && Shifted(values[last]) == 0) last--;
        while (known >= k && Shifted(values[known]) < 2) known--;
        for (; k <= last; k++)
        {
            if (k > known) encoder.Encode(ref states[3 * (k - 1)], 0);
            for (; Shifted(values[k]) == 0; k++) encoder.Encode(ref states[3 * k - 2], 0);
            if (Shifted(values[k]) > 1)
            {
                encoder.Encode(ref states[3 * k - 1], Shifted(values[k]) & 1);
                continue;
            }

            encoder.Encode(ref states[3 * k - 2], 1);
            encoder.Encode(ref even, values[k] < 0 ? 1 : 0);
        }

        if (k <= scan.End) encoder.Encode(ref states[3 * (k - 1)], 1);
    }
}
