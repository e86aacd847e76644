using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>PTX written by hand for the emulator's own tests: module frames, and runs of a single instruction.</summary>
internal static class PtxText
{
    internal const string Registers = """
            .reg .pred %p<8>; .reg .b16 %h<16>; .reg .b32 %r<64>; .reg .f32 %f<64>; .reg .b64 %rd<16>; .reg .f64 %fd<8>;
        """;

    /// <summary>A kernel "k" with parameters in and out (device addresses, loaded to %rd0 and %rd1; %r0 = %tid.x).</summary>
    internal static string Kernel(string body, string outside = "", int sm = 80, string directives = "") => $$"""
        .version 7.8
        .target sm_{{sm}}
        .address_size 64
        {{outside}}
        .visible .entry k(.param .u64 in, .param .u64 out) {{directives}}
        {
        {{Registers}}
            ld.param.u64 %rd0, [in];
            ld.param.u64 %rd1, [out];
            cvta.to.global.u64 %rd0, %rd0;
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r0, %tid.x;
        {{body}}
            ret;
        }
        """;

    /// <summary>Runs kernel "k" once over one block; words of out come back.</summary>
    internal static (uint[] Out, LaunchResult Result) Run(string ptx, int threads, uint[]? input = null, int outputs = 1024,
        int dynamicShared = 0, int blocks = 1, EmulatorOptions? options = null)
    {
        var memory = new EmulatedMemory();
        using var module = PtxModule.Parse(ptx).Load(memory);
        var from = memory.Allocate<uint>(input ?? [0]);
        var to = memory.Allocate<uint>(new uint[outputs]);
        var result = module.Launch("k", blocks, threads, dynamicShared, module.PackArguments("k", from, to), options);
        return (memory.Read<uint>(to, outputs), result);
    }

    internal static uint[] RunClean(string ptx, int threads, uint[]? input = null, int outputs = 1024, int dynamicShared = 0, int blocks = 1)
    {
        var (output, result) = Run(ptx, threads, input, outputs, dynamicShared, blocks);
        Assert.True(!result.Findings.Any(), string.Join('\n', result.Findings));
        return output;
    }

    /// <summary>
    /// A kernel around one instruction written with d, a, b, c, e: each operand's register type is given ("b32", "f64",
    /// "pred"), inputs are 64-bit words at in, the result is one 64-bit word at out.
    /// </summary>
    internal static string Single(string instruction, string types, int sm, ulong[]? constants = null)
    {
        var of = types.Split(' ');
        var text = new System.Text.StringBuilder();
        text.Append($".version 7.8\n.target sm_{sm}\n.address_size 64\n.visible .entry k(.param .u64 in, .param .u64 out)\n{{\n");
        text.Append(".reg .b64 %in, %out, %w; .reg .b16 %n;\nld.param.u64 %in, [in];\nld.param.u64 %out, [out];\n");
        for (var i = 0; i < of.Length; i++) text.Append($".reg .{of[i]} {"dabce"[i]};\n");
        for (var i = 1; i < of.Length; i++)
        {
            var name = "dabce"[i];
            text.Append(constants is null ? $"ld.global.b64 %w, [%in+{8 * (i - 1)}];\n" : $"mov.b64 %w, 0x{constants[i - 1]:X};\n");
            text.Append(Bits(of[i]) switch
            {
                1 => $"setp.ne.u64 {name}, %w, 0;\n",
                8 => $"cvt.u8.u64 {name}, %w;\n",
                16 => $"cvt.u16.u64 %n, %w;\nmov.b16 {name}, %n;\n",
                32 => $"{{ .reg .b32 t; cvt.u32.u64 t, %w; mov.b32 {name}, t; }}\n",
                _ => $"mov.b64 {name}, %w;\n",
            });
        }

        text.Append(instruction).Append(";\n");
        text.Append(Bits(of[0]) switch
        {
            1 => "selp.b64 %w, 1, 0, d;\n",
            16 => "mov.b16 %n, d;\ncvt.u64.u16 %w, %n;\n",
            32 => "{ .reg .b32 t; mov.b32 t, d; cvt.u64.u32 %w, t; }\n",
            _ => "mov.b64 %w, d;\n",
        });
        return text.Append("st.global.b64 [%out], %w;\nret;\n}\n").ToString();
    }

    private static int Bits(string type) => type == "pred" ? 1 : type.EndsWith("x2", StringComparison.Ordinal) ? 32 : int.Parse(type[1..]);

    /// <summary>The result of one instruction, by the path of a full warp and that of a part of one.</summary>
    internal static ulong Evaluate(string instruction, string types, int sm, params ulong[] inputs)
    {
        var module = PtxModule.Parse(Single(instruction, types, sm));
        var results = new ulong[2];
        for (var i = 0; i < 2; i++)
        {
            var memory = new EmulatedMemory();
            var from = memory.Allocate<ulong>([.. inputs, 0]);
            var to = memory.Allocate(8);
            var launch = module.Launch("k", 1, i == 0 ? 32 : 5, memory, from, to);
            Assert.True(!launch.Findings.Any(), string.Join('\n', launch.Findings));
            results[i] = memory.Read<ulong>(to, 1)[0];
        }

        Assert.Equal(results[0], results[1]);
        return results[0];
    }
}
