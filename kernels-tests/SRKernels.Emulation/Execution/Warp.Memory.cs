using System.Numerics;
using SRKernels.Emulation.Isa;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Execution;

/// <content>Memory accesses of single lanes: space, bounds, alignment; and the banks that a warp's access takes.</content>
internal sealed partial class Warp
{
    internal const ulong SharedWindow = 0x7E00_0000_0000;
    internal const ulong LocalWindow = 0x7F00_0000_0000;
    internal const ulong ConstWindow = 0x7D00_0000_0000;
    internal const ulong WindowBytes = 1UL << 32;
    private readonly byte[] _local = [];
    private readonly byte[] _localState = [];
    private readonly int _localEnd;

    /// <summary>The space that a generic address lies in, and the address within it.</summary>
    internal static StateSpace Resolve(ref ulong address)
    {
        if (address < ConstWindow) return StateSpace.Global;
        var (space, window) = address >= LocalWindow ? (StateSpace.Local, LocalWindow)
            : address >= SharedWindow ? (StateSpace.Shared, SharedWindow)
            : (StateSpace.Const, ConstWindow);
        address -= window;
        return space;
    }

    /// <summary>
    /// The bytes at an address, or an empty span after a finding. <paramref name="incoming"/> is what a write will put
    /// there, so that lanes that write the same value are no race.
    /// </summary>
    internal Span<byte> Access(Ins ins, int lane, StateSpace space, ulong address, int bytes, AccessKind kind,
        ReadOnlySpan<byte> incoming = default)
    {
        var given = address;
        if (space == StateSpace.Generic) space = Resolve(ref address);
        if ((address & (ulong)(bytes - 1)) != 0)
        {
            Report(FindingKind.Misaligned, ins, $"{Where(lane)} expected an address that is a multiple of {bytes}, got 0x{given:x}");
            return default;
        }

        switch (space)
        {
            case StateSpace.Global:
                ref var last = ref Block.Launch.LastBlocks[ins.Pc];
                var block = last;
                if (block is null || address - block.Address + (ulong)bytes > (ulong)block.Data.Length || address < block.Address)
                {
                    block = Block.Launch.Memory.Find(address, bytes);
                    if (block is null) break;
                    last = block;
                }

                return block.Data.AsSpan((int)(address - block.Address), bytes);
            case StateSpace.Shared:
                if (!Block.Shared.Contains(address, bytes)) break;
                return Block.Shared.Access(this, ins, lane, (int)address, bytes, kind, incoming);
            case StateSpace.Local:
                if (!InLocal(address, bytes)) break;
                return LocalAccess(ins, lane, (int)address, bytes, kind);
            case StateSpace.Const when kind == AccessKind.Read:
                if (address + (ulong)bytes > (ulong)Block.Launch.Constants.Length) break;
                return Block.Launch.Constants.AsSpan((int)address, bytes);
            case StateSpace.Param when kind == AccessKind.Read:
                if (address + (ulong)bytes > (ulong)Block.Launch.Parameters.Length) break;
                return Block.Launch.Parameters.AsSpan((int)address, bytes);
        }

        Report(FindingKind.OutOfBounds, ins, $"{Where(lane)} {(kind == AccessKind.Read ? "reads" : "writes")} {bytes} bytes at "
            + $"0x{given:x}, where {space} memory has no variable or allocation that holds them");
        return default;
    }

    private bool InLocal(ulong address, int bytes)
    {
        foreach (var (offset, length) in _program.Local.Ranges)
            if (address >= (ulong)offset && address + (ulong)bytes <= (ulong)(offset + length))
                return true;
        return false;
    }

    private Span<byte> LocalAccess(Ins ins, int lane, int address, int bytes, AccessKind kind)
    {
        var at = (lane * _localEnd) + address;
        var state = _localState.AsSpan(at, bytes);
        if (kind == AccessKind.Write)
            state.Fill(1);
        else if (state.Contains((byte)0) && Block.Launch.Options.CheckUninitialised)
            Report(FindingKind.UninitialisedMemory, ins, $"{Where(lane)} reads local byte 0x{address:x} before any write");
        return _local.AsSpan(at, bytes);
    }

    /// <summary>
    /// Adds the passes that a shared access takes: 32 banks of 4 bytes serve 32 lanes of up to 4 bytes, 16 of 8 or 8 of
    /// 16 at a time, and a pass more for every further word of the same bank; lanes on the same word share it.
    /// </summary>
    internal void CountBanks(Ins ins, ReadOnlySpan<ulong> addresses, uint mask, int bytes)
    {
        if (!Block.Launch.Options.CountBankConflicts) return;
        var lanesPerPhase = bytes <= 4 ? 32 : 128 / bytes;
        Span<uint> words = stackalloc uint[32];
        Span<sbyte> next = stackalloc sbyte[32];
        Span<sbyte> head = stackalloc sbyte[32];
        Span<byte> depth = stackalloc byte[32];
        for (var from = 0; from < 32; from += lanesPerPhase)
        {
            var lanes = mask & (lanesPerPhase == 32 ? Full : ((1u << lanesPerPhase) - 1) << from);
            if (lanes == 0) continue;
            head.Fill(-1);
            depth.Clear();
            var count = 0;
            var most = 1;
            for (; lanes != 0; lanes &= lanes - 1)
            {
                var address = addresses[BitOperations.TrailingZeroCount(lanes)];
                for (var word = (uint)(address >> 2); word <= (uint)((address + (ulong)bytes - 1) >> 2); word++)
                {
                    var bank = (int)(word & 31);
                    var at = head[bank];
                    while (at >= 0 && words[at] != word) at = next[at];
                    if (at >= 0) continue;
                    words[count] = word;
                    next[count] = head[bank];
                    head[bank] = (sbyte)count++;
                    most = Math.Max(most, ++depth[bank]);
                }
            }

            Block.Launch.Passes[ins.Pc] += most;
            Block.Launch.LeastPasses[ins.Pc]++;
        }
    }
}
