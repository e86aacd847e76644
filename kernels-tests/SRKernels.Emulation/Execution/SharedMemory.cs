using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Execution;

internal enum AccessKind { Read, Write, Atomic }

/// <summary>
/// The shared memory of one block. Per byte: whether it belongs to a variable, whether it was written, whether a cp.async
/// to it is under way, and who wrote and read it last. Order between warps is kept as vector clocks that barriers merge,
/// so a named barrier of some warps orders those and no others; lanes of a warp are ordered by bar.warp.sync and barriers.
/// </summary>
internal sealed class SharedMemory
{
    private const byte Valid = 1;
    private const byte Written = 2;
    private const byte InFlight = 4;
    private const uint AtomicBit = 1u << 31;
    private readonly LaunchState _launch;
    private readonly byte[] _state;

    // Stamps: lane (5 bits), warp (5), clock (21), atomic (1). Two readers, since one of two is never the writer itself.
    private readonly uint[] _writers;
    private readonly uint[] _readers;
    private readonly uint[] _otherReaders;

    internal SharedMemory(LaunchState launch)
    {
        _launch = launch;
        var program = launch.Program;
        var end = program.DynamicSharedAt >= 0
            ? program.DynamicSharedAt + launch.Shape.DynamicSharedBytes
            : program.Shared.EndBytes;
        Data = new byte[end];
        _state = new byte[end];
        var stamps = launch.Options.CheckRaces ? end : 0;
        (_writers, _readers, _otherReaders) = (new uint[stamps], new uint[stamps], new uint[stamps]);
        Reset();
    }

    internal byte[] Data { get; }

    /// <summary>For the next block: everything unwritten, filled with a pattern that is no useful value.</summary>
    internal void Reset()
    {
        Data.AsSpan().Fill(0xFB);
        _state.AsSpan().Clear();
        foreach (var (offset, length) in _launch.Program.Shared.Ranges) _state.AsSpan(offset, length).Fill(Valid);
        if (_launch.Program.DynamicSharedAt >= 0)
            _state.AsSpan(_launch.Program.DynamicSharedAt, _launch.Shape.DynamicSharedBytes).Fill(Valid);
        _writers.AsSpan().Clear();
        _readers.AsSpan().Clear();
        _otherReaders.AsSpan().Clear();
    }

    internal bool Contains(ulong address, int bytes) =>
        address <= (ulong)_state.Length && address + (ulong)bytes <= (ulong)_state.Length
        && (_state[address] & Valid) != 0 && (_state[(int)address + bytes - 1] & Valid) != 0;

    /// <summary>The bytes of a checked access; the caller knows that they are there.</summary>
    internal Span<byte> Access(Warp warp, Ins ins, int lane, int at, int bytes, AccessKind kind, ReadOnlySpan<byte> incoming)
    {
        var state = _state.AsSpan(at, bytes);
        byte all = 0xFF, any = 0;
        foreach (var s in state)
        {
            all &= s;
            any |= s;
        }

        if ((any & InFlight) != 0)
        {
            _launch.Report(FindingKind.MissingAsyncWait, ins,
                $"{warp.Where(lane)} {(kind == AccessKind.Read ? "reads" : "writes")} shared byte {Name(at)} while a cp.async "
                + "to it is under way; wait for its group, then pass a barrier");
        }
        else if (kind != AccessKind.Write && (all & Written) == 0 && _launch.Options.CheckUninitialised)
        {
            _launch.Report(FindingKind.UninitialisedMemory, ins, $"{warp.Where(lane)} reads shared byte {Name(at)} before any write");
        }

        if (kind != AccessKind.Read)
        {
            for (var i = 0; i < state.Length; i++) state[i] |= Written;
        }

        if (_writers.Length > 0) CheckRace(warp, ins, lane, at, bytes, kind, incoming);
        return Data.AsSpan(at, bytes);
    }

    private static string Name(int at) => $"0x{at:x}";

    private void CheckRace(Warp warp, Ins ins, int lane, int at, int bytes, AccessKind kind, ReadOnlySpan<byte> incoming)
    {
        var stamp = (uint)lane | ((uint)warp.Index << 5) | (warp.Clock[warp.Index] << 10);
        if (kind == AccessKind.Atomic) stamp |= AtomicBit;
        for (var i = at; i < at + bytes; i++)
        {
            var writer = _writers[i];
            if (writer != stamp && writer != 0 && !Ordered(writer, warp, lane)
                && (kind != AccessKind.Atomic || (writer & AtomicBit) == 0)
                && !(kind == AccessKind.Write && SameWarp(writer, warp) && incoming[i - at] == Data[i]))
            {
                Race(warp, ins, lane, i, kind, writer, "wrote");
            }

            if (kind == AccessKind.Read)
            {
                var reader = _readers[i];
                if (reader == stamp) continue;
                if (reader == 0 || Ordered(reader, warp, lane)) _readers[i] = stamp;
                else if (_otherReaders[i] != reader) _otherReaders[i] = stamp;
                continue;
            }

            var first = _readers[i];
            if (first != 0 && !Ordered(first, warp, lane)) Race(warp, ins, lane, i, kind, first, "read");
            var second = _otherReaders[i];
            if (second != 0 && !Ordered(second, warp, lane)) Race(warp, ins, lane, i, kind, second, "read");
            _writers[i] = stamp;
            _readers[i] = _otherReaders[i] = 0;
        }
    }

    private static bool SameWarp(uint stamp, Warp warp) => (stamp >> 5 & 31) == warp.Index;

    private static bool Ordered(uint stamp, Warp warp, int lane)
    {
        var other = stamp >> 5 & 31;
        var clock = stamp >> 10 & 0x1FFFFF;
        if (other != warp.Index) return clock <= warp.Clock[other];
        return (stamp & 31) == lane || clock < warp.Clock[other];
    }

    private void Race(Warp warp, Ins ins, int lane, int at, AccessKind kind, uint stamp, string did)
    {
        var verb = kind switch { AccessKind.Read => "reads", AccessKind.Write => "writes", _ => "updates" };
        _launch.Report(FindingKind.SharedRace, ins, $"{warp.Where(lane)} {verb} shared byte {Name(at)} that thread "
            + $"{((stamp >> 5 & 31) * 32) + (stamp & 31)} {did}, with no barrier between");
    }

    internal void MarkInFlight(int at, int bytes, bool inFlight)
    {
        for (var i = at; i < at + bytes; i++)
            _state[i] = (byte)(inFlight ? _state[i] | InFlight : _state[i] & ~InFlight);
    }
}
