using System.Runtime.InteropServices;
using SRKernels.Language;

namespace SRKernels.Conformance;

/// <summary>The truth: the kernel as plain C#.</summary>
public sealed class PlainBackend : IConformanceBackend
{
    public string Name => "C#";

    public string? Unavailable => null;

    public unsafe void Run(ConformanceCase test, byte[][] memory)
    {
        // Aligned copies: wide accesses check their addresses, and a managed array may lie anywhere.
        var pinned = new nint[memory.Length];
        try
        {
            var values = new object[memory.Length];
            for (int i = 0; i < memory.Length; i++)
            {
                pinned[i] = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(16, memory[i].Length), 256);
                memory[i].CopyTo(new Span<byte>((void*)pinned[i], memory[i].Length));
                values[i] = test.Arguments[i].Value(pinned[i]);
            }

            CpuLauncher.Launch(test.Grid, test.Group, test.DynamicSharedBytes, test.Bind(values));
            for (int i = 0; i < memory.Length; i++) new Span<byte>((void*)pinned[i], memory[i].Length).CopyTo(memory[i]);
        }
        finally
        {
            foreach (nint address in pinned) NativeMemory.AlignedFree((void*)address);
        }
    }
}
