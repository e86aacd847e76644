using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>
/// Draws of <see cref="TorchCpuNoise"/> read by rows from the top, each value the one that the whole draw would have: a giant picture's
/// noise is never in memory whole.
/// </summary>
/// <remarks>
/// A draw is its planes one after the other, so a row of pixels lies in as many places as there are channels. The generator runs once past all
/// draws (states only, a nanosecond a word) and leaves a copy of itself, 2.5 KiB, where each plane begins; every copy then goes down its own plane. Values
/// are made in groups of sixteen from the draw's start; where a draw is no multiple of that, its last sixteen are drawn anew behind it.
/// Afterwards the source stands where whole draws would have left it.
/// </remarks>
internal sealed class TorchCpuField
{
    private readonly Plane[,] _planes;

    /// <summary>Goes past the draws.</summary>
    /// <param name="source">Where the numbers come from; left behind all draws.</param>
    /// <param name="latent">Extents of a draw, of one image and at least sixteen values.</param>
    /// <param name="draws">How many draws.</param>
    public TorchCpuField(TorchCpuNoise source, Shape latent, int draws)
    {
        var generator = source.Generator;
        _planes = new Plane[draws, latent.C];
        for (var draw = 0; draw < draws; draw++)
        {
            long passed = 0;
            for (var channel = 0; channel < latent.C; channel++)
            {
                var start = (long)latent.Pixels * channel;
                var group = start / TorchCpuNoise.GroupSize * TorchCpuNoise.GroupSize;
                generator.Skip(group - passed);
                passed = group;
                _planes[draw, channel] = new Plane(generator.Copy(), start, group, latent.Count);
            }

            generator.Skip(latent.Count - passed);
            if (latent.Count % TorchCpuNoise.GroupSize == 0) continue;
            var tail = new float[TorchCpuNoise.GroupSize];
            generator.FillUniform(tail);
            BoxMuller.Transform16(tail);
            for (var channel = 0; channel < latent.C; channel++) _planes[draw, channel].Tail = tail;
        }
    }

    /// <summary>Bytes that are held for a field.</summary>
    public static long Bytes(int channels, int draws) => (long)channels * draws * 3072;

    /// <summary>The next values of one plane of one draw.</summary>
    public void Read(int draw, int channel, Span<float> values) => _planes[draw, channel].Read(values);

    private sealed class Plane(Mt19937 generator, long next, long nextGroup, long count)
    {
        private readonly float[] _group = new float[TorchCpuNoise.GroupSize];
        private long _next = next;
        private long _nextGroup = nextGroup;

        /// <summary>The draw's last values, where they are no part of a whole group; null where they are.</summary>
        public float[]? Tail { get; set; }

        public void Read(Span<float> values)
        {
            var from = _next;
            _next += values.Length;
            for (var at = 0; at < values.Length;)
            {
                var inGroup = (int)((from + at) % TorchCpuNoise.GroupSize);
                var length = Math.Min(values.Length - at, TorchCpuNoise.GroupSize - inGroup);
                var part = values.Slice(at, length);
                if (length == TorchCpuNoise.GroupSize) Make(part);
                else
                {
                    // A group that two reads share is kept from the first for the second.
                    if (from + at - inGroup == _nextGroup) Make(_group);
                    _group.AsSpan(inGroup, length).CopyTo(part);
                }

                at += length;
            }

            if (Tail is null) return;
            for (var i = Math.Max(from, count - Tail.Length); i < from + values.Length; i++) values[(int)(i - from)] = Tail[(int)(i - count + Tail.Length)];
        }

        private void Make(Span<float> group)
        {
            generator.FillUniform(group);
            BoxMuller.Transform16(group);
            _nextGroup += TorchCpuNoise.GroupSize;
        }
    }
}
