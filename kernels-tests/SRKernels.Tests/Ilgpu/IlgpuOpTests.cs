using System.Reflection;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Kernels.Convolution;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Ilgpu;

/// <summary>
/// The ops' own tests on ILGPU's PTX, in the emulator: one or a few rows of each family in every run, all of all with <c>SRKERNELS_LONG=1</c>. Their bounds hold as they are, but for
/// <see cref="WindowAttentionTests.LargeScoresStayFinite"/>, which says why: the emulator does not fuse a product and a sum that the text leaves apart, and what it leaves apart has at most one
/// rounding more for each product than the fused form.
/// </summary>
public sealed class IlgpuOpTests
{
    private static readonly bool s_isLong = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal);

    private static readonly Type[] s_tests =
    [
        typeof(SiluTests), typeof(GeluTests), typeof(ResidualShiftTests), typeof(ScaleTests), typeof(ClampTests), typeof(FiniteCheckTests), typeof(PhiloxNoiseTests), typeof(ConcatTests),
        typeof(NearestResizeTests), typeof(BicubicResizeTests), typeof(ReflectPadTests), typeof(CropTests), typeof(TileBlendTests), typeof(GroupNormTests), typeof(NearestCodeTests),
        typeof(WindowAttentionTests), typeof(SelfAttentionTests), typeof(Conv2dDeviceTests), typeof(TensorConvolutionTests),
    ];

    /// <summary>What every run takes: so many rows of a test, from its first.</summary>
    private static readonly (Type Tests, string Test, int Rows)[] s_always =
    [
        (typeof(GeluTests), nameof(GeluTests.MatchesReference_EveryTail), 2),
        (typeof(ResidualShiftTests), nameof(ResidualShiftTests.SameBytesAsReference_EveryTail), 3),
        (typeof(FiniteCheckTests), nameof(FiniteCheckTests.NamesTheLayerAndThePlace_EveryTail), 2),
        (typeof(PhiloxNoiseTests), nameof(PhiloxNoiseTests.DevicesDrawTheSameNumbers), 2),
        (typeof(BicubicResizeTests), nameof(BicubicResizeTests.MatchesReference), 3),
        (typeof(ReflectPadTests), nameof(ReflectPadTests.SameBytesAsReference), 1),
        (typeof(TileBlendTests), nameof(TileBlendTests.SameBytesAsReference), 1),
        (typeof(GroupNormTests), nameof(GroupNormTests.MatchesReference_ScaleShiftThenActivation), 2),
        (typeof(NearestCodeTests), nameof(NearestCodeTests.SameBytesAsReference_IndicesGapsAndValues), 4),
        (typeof(WindowAttentionTests), nameof(WindowAttentionTests.MatchesReference), 1),
        (typeof(WindowAttentionTests), nameof(WindowAttentionTests.LargeScoresStayFinite), 1),
        (typeof(WindowAttentionTests), nameof(WindowAttentionTests.OnTensorCoresAsPreciseAsItsOperands), 1),
        (typeof(SelfAttentionTests), nameof(SelfAttentionTests.MatchesReference), 2),
        (typeof(SelfAttentionTests), nameof(SelfAttentionTests.OnTensorCoresAsPreciseAsItsOperands), 1),
        (typeof(Conv2dDeviceTests), nameof(Conv2dDeviceTests.ChosenTilesMatchReference), 2),
        (typeof(TensorConvolutionTests), nameof(TensorConvolutionTests.MatchesReference_AllOptions), 1),
    ];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var tests in s_tests)
        {
            foreach (var test in tests.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                if (test.GetCustomAttribute<FactAttribute>() is null) continue;
                var rows = s_isLong ? RowsOf(test).Count : s_always.Where(a => a.Tests == tests && a.Test == test.Name).Select(a => a.Rows).FirstOrDefault();
                for (var row = 0; row < rows; row++) cases.Add($"{tests.Name}.{test.Name}", row);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheOpsTestPasses(string test, int row)
    {
        var (tests, method) = Find(test);
        var uses = TestDevices.UsesOfIlgpuPtx;
        try
        {
            TestDevices.OnIlgpuPtx(() => method.Invoke(Activator.CreateInstance(tests), RowsOf(method)[row]));
        }
        catch (TargetInvocationException e) when (e.InnerException is { } cause)
        {
            throw new XunitException($"{test}, row {row}: {cause.Message}", cause);
        }

        // Of all tests some are about processors or bank conflicts alone; of those chosen none is.
        if (!s_isLong) Assert.True(TestDevices.UsesOfIlgpuPtx > uses, $"{test} ran no kernel of ILGPU's");
    }

    private static (Type Tests, MethodInfo Method) Find(string test)
    {
        var at = test.IndexOf('.', StringComparison.Ordinal);
        var tests = Array.Find(s_tests, t => t.Name == test[..at])!;
        return (tests, tests.GetMethod(test[(at + 1)..])!);
    }

    private static IReadOnlyList<object?[]> RowsOf(MethodInfo test)
    {
        object?[][] rows = [.. test.GetCustomAttributes().SelectMany(attribute => RowsOf(test, attribute))];
        return test.GetParameters().Length == 0 ? [[]] : rows;
    }

    // By hand: from within a test xunit's own attributes give no rows of a member.
    private static IEnumerable<object?[]> RowsOf(MethodInfo test, Attribute attribute) => attribute switch
    {
        InlineDataAttribute inline => [inline.Data],
        MemberDataAttribute member => (member.MemberType ?? test.DeclaringType!).GetMethod(member.MemberName, BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy) is { } method
            ? ((IEnumerable<ITheoryDataRow>)method.Invoke(null, member.Arguments)!).Select(row => row.GetData())
            : throw new InvalidOperationException($"{test.DeclaringType}.{test.Name}: expected a static method {member.MemberName}, got none; name one"),
        _ => [],
    };
}
