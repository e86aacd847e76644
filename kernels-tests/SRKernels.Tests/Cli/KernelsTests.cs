using System.Text.Json;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary><c>srk kernels</c> on the assembly of the conformance kernels.</summary>
public sealed class KernelsTests(Srk srk) : IClassFixture<Srk>
{
    private static string Kernels { get; } = Path.Combine(AppContext.BaseDirectory, "SRKernels.Conformance.dll");

    [Fact]
    public void ListsEveryKernelAndVariant()
    {
        var result = Run();
        Assert.True(result.ExitCode == 0, result.ToString());
        var lines = result.Output.Split('\n');
        string[] RowOf(string name) => Assert.Single(lines, l => l.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("sm_80", RowOf("Tensor_AsyncCopies")[1]);
        // 128 floats; one load and one store of global memory, and of shared memory one to fill, two and one to add, one for the result.
        var sum = RowOf("Groups_TreeSum");
        Assert.Contains("512", sum);
        Assert.Contains("1/3/0", sum);
        Assert.Contains("1/2/0", sum);
        Assert.Equal("1*", sum[^1]);
        RowOf("Structs_Polynomial_Single");
        RowOf("Structs_Specialized_10");
        Assert.Contains("count once", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonSaysWhereRegistersComeFrom()
    {
        var result = Run("Groups.TreeSum", "--json", "--target", "sm_120");
        Assert.True(result.ExitCode == 0, result.ToString());
        var kernel = Assert.Single(JsonDocument.Parse(result.Output).RootElement.GetProperty("kernels").EnumerateArray());
        Assert.Equal("Groups_TreeSum", kernel.GetProperty("name").GetString());
        Assert.Equal((70, 120), (kernel.GetProperty("lowestTarget").GetInt32(), kernel.GetProperty("target").GetInt32()));
        // The ptxas of the tests ends at sm_90, a newer one may not.
        Assert.Contains(kernel.GetProperty("registersFrom").GetString(), (string[])["virtual", "ptxas"]);
        Assert.True(kernel.GetProperty("registers").GetInt32() > 4);
        Assert.Equal(512, kernel.GetProperty("sharedBytes").GetInt32());
        Assert.Equal(12, kernel.GetProperty("shared").GetProperty("loadBytes").GetInt32());
    }

    [Fact]
    public void ATargetThatCannotRunAKernelIsNoError()
    {
        var result = Run("Tensor.AsyncCopies", "--target", "sm_75");
        Assert.True(result.ExitCode == 0 && result.Output.Contains("needs sm_80", StringComparison.Ordinal), result.ToString());
    }

    [Theory]
    [InlineData(".target sm_70", "Groups.TreeSum", "--ptx")]
    [InlineData(".target sm_90", "Groups_TreeSum", "--ptx", "--target", "sm_90")]
    [InlineData("__kernel void Groups_TreeSum", "TreeSum", "--opencl")]
    [InlineData("kernel @Groups_TreeSum", "TreeSum", "--ir")]
    [InlineData(".entry Structs_Polynomial_Single", "Structs_Polynomial_Single", "--ptx")]
    public void PrintsAForm(string expected, params string[] arguments)
    {
        var result = Run(arguments);
        Assert.True(result.ExitCode == 0 && result.Output.Contains(expected, StringComparison.Ordinal), result.ToString());
    }

    /// <summary>Machine code where ptxas is; where it is not, the way to it.</summary>
    [Fact]
    public void PrintsMachineCodeOrSaysWhatItNeeds()
    {
        var result = Run("TreeSum", "--sass", "--target", "sm_80");
        if (result.ExitCode == 0) Assert.Contains("EXIT", result.Output, StringComparison.Ordinal);
        else Assert.Contains("tools/get_ptxas.sh", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Where ptxas is: each target's registers and residents, and the loop with what it holds; where it is not, the way to it.</summary>
    [Fact]
    public void ReportsWhatTheAssemblerMade()
    {
        var result = Run("TensorProduct", "--report", "--target", "sm_80,sm_89", "--json");
        if (result.ExitCode != 0)
        {
            Assert.Contains("tools/get_ptxas.sh", result.Error, StringComparison.Ordinal);
            return;
        }

        var root = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("prediction, not validated on hardware", root.GetProperty("cycles").GetString());
        JsonElement[] rows = [.. root.GetProperty("kernels").EnumerateArray()];
        Assert.Equal([80, 89], rows.Select(r => r.GetProperty("target").GetInt32()));
        foreach (var row in rows)
        {
            Assert.Equal((0, 0), (row.GetProperty("spillStoreBytes").GetInt32(), row.GetProperty("stackBytes").GetInt32()));
            Assert.InRange(row.GetProperty("residentGroups").GetInt32(), 1, 32);
            var loop = Assert.Single(row.GetProperty("loops").EnumerateArray());
            Assert.Equal((8, 6, 2), (loop.GetProperty("tensor").GetInt32(), loop.GetProperty("shared").GetInt32(), loop.GetProperty("global").GetInt32()));
        }
    }

    /// <summary>The search for codes at the full model's shape: every part of the time is there, and the longest of them plus the gap is the time.</summary>
    [Fact]
    public void PredictsOps()
    {
        var result = Run("nearest code", "--report", "--run", "ops", "--gpu", "rtx4090", "--json");
        if (result.ExitCode != 0)
        {
            Assert.Contains("tools/get_ptxas.sh", result.Error, StringComparison.Ordinal);
            return;
        }

        var root = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("prediction, not validated on hardware", root.GetProperty("times").GetString());
        var op = Assert.Single(root.GetProperty("ops").EnumerateArray());
        Assert.Equal("RTX 4090", op.GetProperty("gpu").GetString());
        double sum = 0;
        foreach (var launch in op.GetProperty("launches").EnumerateArray())
        {
            double Part(string name) => launch.GetProperty(name).GetDouble();
            var parts = new[] { "tensor", "issue", "shared", "cache", "memory", "latency" }.Max(Part);
            Assert.Equal(parts + Part("gap"), Part("microseconds"), 2);
            Assert.Equal(0, Part("tensor"));
            sum += Part("microseconds");
        }

        Assert.Equal(sum, op.GetProperty("microseconds").GetDouble(), 1);
        // 134 million multiply-adds of three coordinates and a norm cannot be done sooner than the fp32 peak of 82.6 TFLOP/s allows.
        Assert.InRange(sum, 2 * 64 * 64 * 8192 * 4.0 / 82.6e6, 1000);
    }

    [Theory]
    [InlineData(1, "'Nothing'", "Nothing", "--ptx")]
    [InlineData(1, "Structs_Polynomial_Single", "Polynomial", "--ptx")]
    [InlineData(1, "sm_80", "TreeSum", "--ptx", "--target", "sm_81")]
    [InlineData(1, "at least sm_80", "AsyncCopies", "--ptx", "--target", "sm_75")]
    [InlineData(2, "--ptx and --ir", "TreeSum", "--ptx", "--ir")]
    [InlineData(2, "NAME", "--ptx")]
    [InlineData(2, "--json", "TreeSum", "--ptx", "--json")]
    [InlineData(2, "--target", "TreeSum", "--opencl", "--target", "sm_80")]
    [InlineData(2, "'more'", "TreeSum", "more")]
    [InlineData(2, "--report", "TreeSum", "--report", "--ptx")]
    [InlineData(1, "'sm_81'", "TreeSum", "--report", "--target", "sm_80,sm_81")]
    [InlineData(1, "'Nothing'", "Nothing", "--report")]
    [InlineData(2, "--report before it", "--run", "ops")]
    [InlineData(2, "'nothing'", "--report", "--run", "nothing")]
    [InlineData(2, "rtx4090", "--report", "--run", "ops", "--gpu", "a100,b100")]
    [InlineData(2, "bf16", "--report", "--run", "ops", "--precision", "int8")]
    [InlineData(2, "--gpu", "--report", "--gpu", "a100")]
    [InlineData(1, "'Nothing'", "Nothing", "--report", "--run", "ops")]
    public void WhatCannotBeDoneIsSaid(int exitCode, string expected, params string[] arguments) => Fails(exitCode, expected, Run(arguments));

    [Fact]
    public void AFileWithoutKernelsIsSaid()
    {
        File.WriteAllText(srk.PathOf("text.dll"), "no assembly");
        Fails(1, "a .NET assembly", srk.Run("kernels", "--assembly", "text.dll"));
        Fails(1, "none.dll", srk.Run("kernels", "--assembly", "none.dll"));
        Fails(1, "[Kernel]", srk.Run("kernels", "--assembly", Srk.Program));
    }

    private ProcessResult Run(params string[] arguments) => srk.Run(["kernels", .. arguments, "--assembly", Kernels]);

    private static void Fails(int exitCode, string expected, ProcessResult result)
    {
        Assert.True(result.ExitCode == exitCode, $"expected exit code {exitCode}: {result}");
        Assert.Empty(result.Output);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Matches("^srk: .+: expected .+, got .+; .+\n$", result.Error);
    }
}
