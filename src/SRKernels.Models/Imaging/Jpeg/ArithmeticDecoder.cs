namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Decodes binary decisions (ITU T.81, D.2), each with a state byte of its own that holds what was learnt of it.</summary>
internal sealed class ArithmeticDecoder
{
    // A and C of the recommendation, C without its sixteen bits to come: the interval, the code within it, bits left of the last byte.
    private uint interval;
    private uint code;
    private int bits;
    private bool isStarted;

    /// <summary>At the start of a scan and behind a restart marker.</summary>
    public void Reset() => isStarted = false;

    /// <summary>The next decision.</summary>
    /// <param name="reader">Gives the bytes.</param>
    /// <param name="state">The decision's, see <see cref="ArithmeticStates"/>; learns.</param>
    public int Decode(ref JpegBitReader reader, ref byte state)
    {
        if (!isStarted) Start(ref reader);
        uint entry = ArithmeticStates.Of(state), estimate = ArithmeticStates.Estimate(entry);
        int probable = state >> 7;
        interval -= estimate;
        bool isUpper = code >> 16 >= interval;
        if (!isUpper && interval >= 0x8000) return probable;
        // The larger part belongs to the more probable symbol, which is the upper one where the estimate is the larger (figures D.17, D.18).
        bool isProbable = isUpper == interval < estimate;
        if (isUpper)
        {
            code -= interval << 16;
            interval = estimate;
        }

        state = isProbable ? ArithmeticStates.Probable(entry) : ArithmeticStates.Improbable(entry);
        do
        {
            if (bits == 0) TakeByte(ref reader);
            interval <<= 1;
            code <<= 1;
            bits--;
        }
        while (interval < 0x8000);
        return isProbable ? probable : 1 - probable;
    }

    // Figure D.21.
    private void Start(ref JpegBitReader reader)
    {
        isStarted = true;
        interval = 0x10000;
        code = 0;
        TakeByte(ref reader);
        code <<= 8;
        TakeByte(ref reader);
        code <<= 8;
        bits = 0;
    }

    // Zeros follow the last byte before a marker: an encoder leaves them out.
    private void TakeByte(ref JpegBitReader reader)
    {
        code += (uint)reader.TakeByte() << 8;
        bits = 8;
    }
}
