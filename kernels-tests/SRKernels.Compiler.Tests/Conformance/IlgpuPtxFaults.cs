namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>
/// Where the PTX of ILGPU 1.5.3 is not what C# means, by case. A kernel of ours must not depend on any of it; src/SRKernels.Compiler/README.md has the
/// smallest kernel for each that can be reported.
/// </summary>
internal static class IlgpuPtxFaults
{
    private const string Narrow = "its conversions from and to integers of 8 and 16 bits drop a step: (long)(uint)x of a short is extended with x's sign";
    private const string FromFloat = "its conversions of floats out of range differ, through uint and the narrow integers";
    private const string NaNs = "its minimum and maximum drop NaN (max.f32), which C# keeps";
    private const string ZeroSign = "it loses the sign of zero";
    private const string Even = "1.5 rounds to 1";
    private const string Denormals = "x % y of denormal numbers is NaN";
    private const string Series = "the function of ILGPU.Algorithms in its place is further off than the bound";
    private const string Quadrant = "atan2(0, -0) is 0, not pi";
    private const string NoBody = "it calls Log2, of which there is no body: ptxas refuses it too";
    private const string Shift = "n / 2 of a negative n is a shift, which rounds down";
    private const string WideShuffle = "it shuffles a register of 16 bits, which ptxas refuses too";
    private const string StructArgument = "a struct as argument: the service passes views and numbers";

    private static readonly Dictionary<string, string> s_reasons = Reasons(
        (Narrow, "Conversions.Int16ToIntegers Conversions.UInt16ToIntegers Conversions.SByteToIntegers"),
        ("its char has 8 bits", "ControlFlow.SmallVariables"),
        (FromFloat, "Conversions.SingleToIntegers Conversions.DoubleToIntegers"),
        (NaNs, "Floats.MinSingle Floats.MinDouble Floats.MaxSingle Floats.MaxDouble Floats.ClampSingle Floats.ClampDouble Structs.Reduce_Single_MaxFloats"),
        (ZeroSign, "Floats.CeilingSingle Floats.CeilingDouble Floats.TruncateSingle Floats.TruncateDouble Floats.CopySignSingle Floats.CopySignDouble"),
        (Even, "Floats.RoundToEvenSingle Floats.RoundToEvenDouble"),
        (Denormals, "Floats.RemainderSingle Floats.RemainderDouble"),
        (Series, "Composed.AcosSingle Composed.AcosDouble Composed.AsinSingle Composed.AsinDouble Composed.AtanSingle Composed.AtanDouble Composed.CoshDouble Composed.SinhDouble"),
        (Series, "Floats.SinDouble Floats.CosDouble Floats.TanSingle Floats.TanDouble Floats.TanhDouble Floats.ExpSingle Floats.ExpDouble Floats.Exp2Double"),
        (Series, "Floats.LogDouble Floats.Log10Double Floats.PowSingle Floats.PowDouble"),
        (Quadrant, "Composed.Atan2Single Composed.Atan2Double"),
        (NoBody, "Floats.Log2Single Floats.Log2Double"),
        (Shift, "Memory.LocalArray"),
        (WideShuffle, "Groups.ShuffleTypes"),
        (StructArgument, "Structs.StructParameter"));

    /// <summary>The cases.</summary>
    public static IEnumerable<string> Cases => s_reasons.Keys;

    /// <summary>What is wrong with a case; null: nothing.</summary>
    public static string? Of(string name) => s_reasons.GetValueOrDefault(name);

    private static Dictionary<string, string> Reasons(params (string Reason, string Cases)[] groups) => groups
        .SelectMany(group => group.Cases.Split(' ').Select(name => (name, group.Reason))).ToDictionary(pair => pair.name, pair => pair.Reason, StringComparer.Ordinal);
}
