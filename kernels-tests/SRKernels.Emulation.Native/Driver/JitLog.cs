using System.Text;

namespace SRKernels.Emulation.Native.Driver;

/// <summary>The two logs that cuModuleLoadDataEx takes among its options (cuda.h, CUjit_option): text in, bytes written out.</summary>
internal sealed unsafe class JitLog
{
    private const int InformationBuffer = 3;
    private const int InformationBytes = 4;
    private const int ErrorBuffer = 5;
    private const int ErrorBytes = 6;

    private readonly uint _count;
    private readonly int* _options;
    private readonly nint* _values;
    private readonly Dictionary<int, uint> _capacities = [];

    public JitLog(uint count, int* options, nint* values)
    {
        _count = count;
        _options = options;
        _values = values;
        if (count > 0) Boundary.Require((nint)options, (nint)values);
        Write(InformationBuffer, InformationBytes, "");
        Write(ErrorBuffer, ErrorBytes, "");
    }

    public void Information(string text) => Write(InformationBuffer, InformationBytes, text);

    /// <summary>Also told on standard error: callers that drop the log (ILGPU's kernel loader does) would be left with a bare code.</summary>
    public void Error(string text)
    {
        Write(ErrorBuffer, ErrorBytes, text);
        Report.Line($"libcuda (emulated): module refused: {text}");
    }

    private void Write(int bufferOption, int bytesOption, string text)
    {
        if (Find(bufferOption) is not { } buffer || Find(bytesOption) is not { } bytes || _values[buffer] == 0) return;
        // The size is that of the buffer on the way in and what was written on the way out; so a second text must not grow beyond the first's place.
        var capacity = Capacity(bytes);
        if (capacity == 0) return;
        var encoded = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(encoded.Length, (int)Math.Min(capacity - 1, int.MaxValue));
        var place = new Span<byte>((void*)_values[buffer], length + 1);
        encoded.AsSpan(0, length).CopyTo(place);
        place[length] = 0;
        _values[bytes] = length;
    }

    private uint Capacity(int index)
    {
        if (!_capacities.TryGetValue(index, out var capacity)) _capacities.Add(index, capacity = (uint)_values[index]);
        return capacity;
    }

    private int? Find(int option)
    {
        for (var i = 0; i < _count; i++)
            if (_options[i] == option) return i;
        return null;
    }
}
