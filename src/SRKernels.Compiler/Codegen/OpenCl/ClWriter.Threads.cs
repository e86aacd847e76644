using System.Globalization;
using System.Text;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>What threads do together: barriers, and warp operations through local memory with two barriers of the group.</summary>
internal sealed partial class ClWriter
{
    internal const string LinearIndex = "(uint)(get_local_id(0) + get_local_size(0) * (get_local_id(1) + get_local_size(1) * get_local_id(2)))";
    private const string BarrierText = "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);";

    private readonly SortedSet<string> _exchanges = new(StringComparer.Ordinal);

    internal void GroupBarrier(Value v)
    {
        RequireConvergence(v);
        Statement(BarrierText);
    }

    /// <summary>How many threads say true: a counter in local memory.</summary>
    internal string CountTrue(Value v)
    {
        RequireConvergence(v);
        _exchanges.Add("__local uint srk_count;");
        string count = Temporary("uint");
        Statement($"if ({LinearIndex} == 0u) srk_count = 0u;");
        Statement(BarrierText);
        Statement($"if ({Use(v[0])}) atomic_inc(&srk_count);");
        Statement(BarrierText);
        Statement($"{count} = srk_count;");
        Statement(BarrierText);
        return count;
    }

    internal void Shuffle(Value v)
    {
        RequireConvergence(v);
        Exchange("uint", "srk_words", 1);
        string me = Temporary("uint");
        string lane = Temporary("uint");
        string from = Temporary("uint");
        string width = Use(v[2]);
        string bits = v.Type == IrType.F32 ? $"as_uint({Use(v[0])})" : Use(v[0]);
        Statement($"{me} = {LinearIndex};");
        Statement($"{lane} = {me} & 31u;");
        Statement($"srk_words[{me}] = {bits};");
        Statement(BarrierText);
        string segment = $"({lane} & ~({width} - 1u))";
        string b = Use(v[1]);
        string source = v.Op switch
        {
            Op.Shuffle => $"{segment} + ({b} & ({width} - 1u))",
            Op.ShuffleDown => $"{lane} + {b} < {segment} + {width} ? {lane} + {b} : {lane}",
            Op.ShuffleUp => $"{b} <= {lane} - {segment} ? {lane} - {b} : {lane}",
            _ => $"({lane} ^ {b}) < {segment} + {width} ? {lane} ^ {b} : {lane}",
        };
        Statement($"{from} = ({me} & ~31u) + ({source});");
        string word = $"srk_words[min({from}, {ExchangeThreads - 1}u)]";
        Assign(v, v.Type == IrType.F32 ? $"as_float({word})" : word);
        Statement(BarrierText);
    }

    /// <summary>
    /// Lane 8 j + r gives the address of row r of matrix j; lane l gets of each matrix the pair (row l / 4, columns 2 (l mod 4) and next),
    /// or, transposed, the pair of rows of that column.
    /// </summary>
    internal void LdMatrix(Value v)
    {
        RequireConvergence(v);
        // Addresses as numbers: PoCL 3.1 dies compiling an array of pointers in local memory.
        Exchange("ulong", "srk_rows", 1);
        string me = Temporary("uint");
        string warp = Temporary("uint");
        string lane = Temporary("uint");
        Statement($"{me} = {LinearIndex};");
        Statement($"{warp} = {me} & ~31u;");
        Statement($"{lane} = {me} & 31u;");
        Statement($"srk_rows[{me}] = (ulong)({At(v, IrType.I16, isConst: true)});");
        Statement(BarrierText);
        int lanes = Math.Max((int)v.Type.Lanes, 1);
        string variable = Use(v);
        if (!_declared[v.Id]) throw new InvalidOperationException("ClWriter: the result of ldmatrix has no variable");
        for (int j = 0; j < lanes; j++)
        {
            string first = v.Imm == 0 ? Row($"{lane} / 4u", $"2u * ({lane} & 3u)") : Row($"2u * ({lane} & 3u)", $"{lane} / 4u");
            string second = v.Imm == 0 ? Row($"{lane} / 4u", $"2u * ({lane} & 3u) + 1u") : Row($"2u * ({lane} & 3u) + 1u", $"{lane} / 4u");
            string Row(string row, string column) => $"((__local const ushort*)srk_rows[{warp} + {8 * j}u + {row}])[{column}]";
            string target = lanes == 1 ? variable : string.Create(CultureInfo.InvariantCulture, $"{variable}.s{j}");
            Statement($"{target} = (uint){first} | ((uint){second} << 16);");
        }

        Statement(BarrierText);
    }

    /// <summary>
    /// D = A B + C of a warp. Lane l holds of D the rows l / 4 and l / 4 + 8, columns 2 (l mod 4) and next; A's registers are pairs (tf32: single
    /// values) of the same rows, B's of column l / 4. Each lane writes its registers of A and B and reads the rows and columns it needs.
    /// </summary>
    internal void Mma(Value v)
    {
        RequireConvergence(v);
        var shape = (MmaShape)v.Imm;
        (int a, int b) = TypeRules.MmaRegisters(shape);
        int words = a + b;
        bool single = shape == MmaShape.M16N8K8TF32;
        Exchange("uint", "srk_fragments", words);
        string me = Temporary("uint");
        string warp = Temporary("uint");
        string lane = Temporary("uint");
        Statement($"{me} = {LinearIndex};");
        Statement($"{warp} = {me} & ~31u;");
        Statement($"{lane} = {me} & 31u;");
        for (int i = 0; i < words; i++) Statement($"srk_fragments{words}[{me} * {words}u + {i}u] = {Use(v[i])};");
        Statement(BarrierText);
        string variable = Use(v);
        for (int i = 0; i < 4; i++)
        {
            string sum = Temporary("float");
            Statement($"{sum} = {Use(v[words + i])};");

            // Register 0 of A is row l / 4, low columns; 1 row + 8; 2 and 3 the high columns. Register 0 of B the low rows, 1 the high ones.
            int rowHalf = i / 2;
            for (int half = 0; half < b; half++)
            {
                for (int t = 0; t < 4; t++)
                {
                    string fromA = $"srk_fragments{words}[({warp} + ({lane} & 28u) + {t}u) * {words}u + {(2 * half) + rowHalf}u]";
                    string fromB = $"srk_fragments{words}[({warp} + 4u * (2u * ({lane} & 3u) + {i & 1}u) + {t}u) * {words}u + {a + half}u]";
                    if (single)
                    {
                        Statement($"{sum} = fma(as_float({fromA}), as_float({fromB}), {sum});");
                        continue;
                    }

                    string convert = Need(shape is MmaShape.M16N8K16BF16 or MmaShape.M16N8K8BF16 ? ClFunction.Bf16ToFloat : ClFunction.HalfToFloat);
                    Statement($"{sum} = fma({convert}((ushort){fromA}), {convert}((ushort){fromB}), {sum});");
                    Statement($"{sum} = fma({convert}((ushort)({fromA} >> 16)), {convert}((ushort)({fromB} >> 16)), {sum});");
                }
            }

            Statement(string.Create(CultureInfo.InvariantCulture, $"{variable}.s{i} = {sum};"));
        }

        Statement(BarrierText);
    }

    private void Exchange(string type, string name, int perThread) =>
        _exchanges.Add(string.Create(CultureInfo.InvariantCulture, $"__local {type} {name}{(perThread == 1 ? "" : perThread)}[{ExchangeThreads * perThread}];"));
}
