using System.Text.Json;

namespace SRKernels.Emulation.Families;

/// <summary>
/// The lane layouts of the tensor-core instructions, from kernels-tests/Goldens/mma_fragments.json (published with NVIDIA
/// CUTLASS): the emulator holds no layout of its own, so that it cannot share a mistake with a kernel.
/// </summary>
internal sealed class FragmentTables
{
    private static readonly JsonDocument Published = Open();

    private FragmentTables(JsonElement shape)
    {
        (A, B, C) = (Places(shape.GetProperty("A")), Places(shape.GetProperty("B")), Places(shape.GetProperty("C")));
        K = A.Max(p => p.Column) + 1;
    }

    /// <summary>(row, k) of A, (n, k) of B, (row, n) of C: all values of lane 0 in register order, then lane 1, ...</summary>
    internal (int Row, int Column)[] A { get; }
    internal (int Row, int Column)[] B { get; }
    internal (int Row, int Column)[] C { get; }
    internal int K { get; }

    internal static FragmentTables Shape(string name) => new(Published.RootElement.GetProperty("fragments").GetProperty(name));

    /// <summary>The two elements of an 8x8 matrix in each lane's register, low half first.</summary>
    internal static (int Row, int Column)[] LoadMatrix(bool transposed) =>
        Places(Published.RootElement.GetProperty("ldmatrix").GetProperty(transposed ? "trans" : "plain"));

    private static (int Row, int Column)[] Places(JsonElement lanes) =>
        [.. lanes.EnumerateArray().SelectMany(lane => lane.EnumerateArray()).Select(p => (p[0].GetInt32(), p[1].GetInt32()))];

    private static JsonDocument Open()
    {
        using var stream = typeof(FragmentTables).Assembly.GetManifestResourceStream("mma_fragments.json")!;
        return JsonDocument.Parse(stream);
    }
}
