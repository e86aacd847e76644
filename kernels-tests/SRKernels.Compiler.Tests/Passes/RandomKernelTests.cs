using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;
using Xunit;

namespace SRKernels.Compiler.Tests.Passes;

/// <summary>Random kernels give the same bytes before and after each pass alone, and after every stage of the pipeline.</summary>
public sealed class RandomKernelTests
{
    private const int Seeds = 48;

    private static readonly (string Name, Func<IPass> Make)[] s_passes =
    [
        (nameof(SimplifyControlFlow), () => new SimplifyControlFlow()),
        (nameof(FoldConstants), () => new FoldConstants()),
        (nameof(EliminateDeadCode), () => new EliminateDeadCode()),
        (nameof(PromoteLocals), () => new PromoteLocals()),
        (nameof(UnrollLoops), () => new UnrollLoops()),
        (nameof(EliminateCommonSubexpressions), () => new EliminateCommonSubexpressions()),
        (nameof(HoistInvariants), () => new HoistInvariants()),
        (nameof(VectorizeMemory), () => new VectorizeMemory()),
        (nameof(ReduceStrength), () => new ReduceStrength()),
    ];

    public static TheoryData<string> Passes() => [.. s_passes.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Passes))]
    public void OnePassAloneKeepsTheResult(string name)
    {
        var make = Array.Find(s_passes, p => p.Name == name).Make;
        var changed = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var before = RandomKernel.Build(seed);
            Verifier.Verify(before, "generator");
            var text = before.ToString();
            var expected = Run(before);
            var after = IrParser.Parse(text);
            if (name == nameof(PromoteLocals)) new FoldConstants().Run(after); // it knows places only once they are offsets
            if (!Try(after, make(), name, seed, text)) continue;
            changed++;
            Compare(expected, after, $"{name}, seed {seed}", text);
        }

        Assert.True(changed > Seeds / 20, $"{name} changed only {changed} of {Seeds} kernels: the generator does not reach it");
    }

    [Fact]
    public void EveryStageOfThePipelineKeepsTheResult()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var f = RandomKernel.Build(seed);
            var text = f.ToString();
            var expected = Run(f);
            foreach (var (name, pass) in KernelCompiler.Pipeline())
            {
                if (pass is FuseMultiplyAdd) continue; // rounds once where the kernel rounds twice
                var before = f.ToString();
                if (!Try(f, pass, name, seed, before)) continue;
                Compare(expected, f, $"pipeline, '{name}', seed {seed}", before);
            }
        }
    }

    private static bool Try(Function f, IPass pass, string name, int seed, string before)
    {
        try
        {
            var changed = pass.Run(f);
            Verifier.Verify(f, name);
            return changed;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{name}, seed {seed}: {e.Message}\nbefore:\n{before}\nafter:\n{f}", e);
        }
    }

    private static void Compare(byte[] expected, Function f, string what, string before)
    {
        var got = Run(f);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(expected[i] == got[i], $"{what}: thread {i / RandomKernel.BytesPerThread}, byte {i % RandomKernel.BytesPerThread}: expected {expected[i]:x2}, got {got[i]:x2}\nbefore:\n{before}\nafter:\n{f}");
    }

    private static unsafe byte[] Run(Function f)
    {
        using var memory = new InterpretedMemory();
        const int OutBytes = RandomKernel.Threads * RandomKernel.BytesPerThread;
        var output = memory.Allocate(OutBytes);
        var input = memory.Allocate(RandomKernel.InputBytes);
        var bytes = new Span<byte>(memory.At(output, OutBytes), OutBytes);
        bytes.Clear();
        for (var i = 0; i < RandomKernel.InputBytes / 4; i++) *(float*)memory.At(input + (ulong)(4 * i), 4) = (0.25f * i) - 20;
        new Interpreter(f, memory) { InstructionLimit = 1_000_000 }.Launch((1, 1, 1), (RandomKernel.Threads, 1, 1), 0, [output, input, 5, ScalarSemantics.Bits(1.5f)]);
        return bytes.ToArray();
    }
}
