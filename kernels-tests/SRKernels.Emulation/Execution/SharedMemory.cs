using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
        var (any, all) = Summary(_state.AsSpan(at, bytes));
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

        if (kind != AccessKind.Read && (all & Written) == 0)
        {
            foreach (ref var s in _state.AsSpan(at, bytes)) s |= Written;
        }

        if (_writers.Length > 0) CheckRaces(warp, ins, lane, at, bytes, kind, incoming);
        return Data.AsSpan(at, bytes);
    }

    // What any and what all of the bytes have; four at a time, since nearly every access is of whole words.
    private static (uint Any, uint All) Summary(ReadOnlySpan<byte> state)
    {
        uint any = 0, all = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, uint>(state))
        {
            any |= word;
            all &= word;
        }

        if (state.Length >= 4) return (Folded(any, or: true), Folded(all, or: false));
        foreach (var s in state)
        {
            any |= s;
            all &= s;
        }

        return (any, all);
    }

    private static uint Folded(uint word, bool or)
    {
        var half = or ? word | (word >> 16) : word & (word >> 16);
        return (or ? half | (half >> 8) : half & (half >> 8)) & 0xFF;
    }

    private static string Name(int at) => $"0x{at:x}";

    private void CheckRaces(Warp warp, Ins ins, int lane, int at, int bytes, AccessKind kind, ReadOnlySpan<byte> incoming)
    {
        var stamp = (uint)lane | ((uint)warp.Index << 5) | (warp.Clock[warp.Index] << 10);
        if (kind == AccessKind.Atomic) stamp |= AtomicBit;
        for (var i = 0; i < bytes; i++)
        {
            // Four bytes with one history and no conflict are settled at once.
            if (bytes - i >= 4 && CheckWord(warp, lane, at + i, kind, stamp)) i += 3;
            else CheckByte(warp, ins, lane, at + i, kind, stamp, kind == AccessKind.Write ? incoming[i] : (byte)0);
        }
    }

    private bool CheckWord(Warp warp, int lane, int at, AccessKind kind, uint stamp)
    {
        var writers = Vector128.LoadUnsafe(ref _writers[at]);
        var readers = Vector128.LoadUnsafe(ref _readers[at]);
        var others = Vector128.LoadUnsafe(ref _otherReaders[at]);
        var (writer, reader, other) = (writers[0], readers[0], others[0]);
        if (writers != Vector128.Create(writer) || readers != Vector128.Create(reader) || others != Vector128.Create(other)) return false;
        if (writer != 0 && writer != stamp && !Ordered(writer, warp, lane)) return false;
        if (kind == AccessKind.Read)
        {
            if (reader == stamp) return true;
            if (reader == 0 || Ordered(reader, warp, lane)) Vector128.Create(stamp).StoreUnsafe(ref _readers[at]);
            else if (other != reader) Vector128.Create(stamp).StoreUnsafe(ref _otherReaders[at]);
            return true;
        }

        if ((reader != 0 && !Ordered(reader, warp, lane)) || (other != 0 && !Ordered(other, warp, lane))) return false;
        Vector128.Create(stamp).StoreUnsafe(ref _writers[at]);
        Vector128<uint>.Zero.StoreUnsafe(ref _readers[at]);
        Vector128<uint>.Zero.StoreUnsafe(ref _otherReaders[at]);
        return true;
    }

    private void CheckByte(Warp warp, Ins ins, int lane, int at, AccessKind kind, uint stamp, byte incoming)
    {
        var writer = _writers[at];
        if (writer != stamp && writer != 0 && !Ordered(writer, warp, lane)
            && (kind != AccessKind.Atomic || (writer & AtomicBit) == 0)
            && !(kind == AccessKind.Write && SameWarp(writer, warp) && incoming == Data[at]))
        {
            Race(warp, ins, lane, at, kind, writer, "wrote");
        }

        var (first, second) = (_readers[at], _otherReaders[at]);
        if (kind == AccessKind.Read)
        {
            if (first == stamp) return;
            if (first == 0 || Ordered(first, warp, lane)) _readers[at] = stamp;
            else if (second != first) _otherReaders[at] = stamp;
            return;
        }

        if (first != 0 && !Ordered(first, warp, lane)) Race(warp, ins, lane, at, kind, first, "read");
        if (second != 0 && !Ordered(second, warp, lane)) Race(warp, ins, lane, at, kind, second, "read");
        _writers[at] = stamp;
        _readers[at] = _otherReaders[at] = 0;
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
