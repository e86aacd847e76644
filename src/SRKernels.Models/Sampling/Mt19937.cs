namespace SRKernels.Models.Sampling;

/// <summary>The Mersenne Twister with 32-bit words, seeded by one word.</summary>
// Matsumoto, Nishimura. Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator. 1998.
// Seeding: Knuth's multiplier 1812433253 (their init_genrand of 2002).
internal sealed class Mt19937
{
    private const int StateWords = 624;
    private const int MiddleWord = 397;
    private const uint TwistMatrix = 0x9908B0DF;
    private readonly uint[] _state = new uint[StateWords];
    private int _next;

    public Mt19937(uint seed) => Seed(seed);

    private Mt19937()
    {
    }

    public void Seed(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < StateWords; i++)
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        _next = StateWords;
    }

    /// <summary>A generator that stands where this one does and goes on by itself.</summary>
    public Mt19937 Copy()
    {
        var copy = new Mt19937();
        _state.CopyTo(copy._state, 0);
        copy._next = _next;
        return copy;
    }

    /// <summary>Goes past so many words: their state is made, they are not.</summary>
    public void Skip(long words)
    {
        while (words > 0)
        {
            if (_next == StateWords) Twist();
            var step = (int)Math.Min(words, StateWords - _next);
            _next += step;
            words -= step;
        }
    }

    public uint NextWord()
    {
        if (_next == StateWords) Twist();
        return Temper(_state[_next++]);
    }

    /// <summary>Uniforms in [0, 1) from the low 24 bits of a word each, as PyTorch makes its fp32 ones.</summary>
    public void FillUniform(Span<float> values)
    {
        for (var done = 0; done < values.Length;)
        {
            if (_next == StateWords) Twist();
            var count = Math.Min(values.Length - done, StateWords - _next);
            var words = _state.AsSpan(_next, count);
            var part = values.Slice(done, count);
            for (var i = 0; i < words.Length; i++) part[i] = (Temper(words[i]) & 0xFFFFFF) * 5.9604644775390625e-8f;
            _next += count;
            done += count;
        }
    }

    /// <summary>One uniform in [0, 1) from the low 53 bits of two words, the first word on top.</summary>
    public double NextUniform64()
    {
        ulong high = NextWord();
        ulong low = NextWord();
        return (((high << 32) | low) & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));
    }

    private static uint Temper(uint y)
    {
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680;
        y ^= (y << 15) & 0xEFC60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        var s = _state;
        for (var i = 0; i < StateWords - MiddleWord; i++) s[i] = s[i + MiddleWord] ^ Mix(s[i], s[i + 1]);
        for (var i = StateWords - MiddleWord; i < StateWords - 1; i++)
            s[i] = s[i + MiddleWord - StateWords] ^ Mix(s[i], s[i + 1]);
        s[StateWords - 1] = s[MiddleWord - 1] ^ Mix(s[StateWords - 1], s[0]);
        _next = 0;
    }

    private static uint Mix(uint upper, uint lower)
    {
        var y = (upper & 0x80000000) | (lower & 0x7FFFFFFF);
        return (y >> 1) ^ ((lower & 1) == 0 ? 0 : TwistMatrix);
    }
}
