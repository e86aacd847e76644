using System.Text.Json;
using System.Xml;
using SRKernels.Cli.Benching;
using SRKernels.Emulation;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Runtime.Cuda;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary><c>srk bench</c>: what it says, never how fast anything is.</summary>
public sealed class BenchTests(Srk srk) : IClassFixture<Srk>
{
    [Fact]
    public void VerifiesAndTimesOnTheProcessor()
    {
        var result = srk.Run("bench", "bicubic", "--threads", "1", "--json", "--svg", "roof.svg");
        Assert.True(result.ExitCode == 0, result.ToString());
        var root = JsonDocument.Parse(result.Output).RootElement;
        var peaks = root.GetProperty("measuredPeaks");
        Assert.True(peaks.GetProperty("fp32GFlops").GetDouble() > 0 && peaks.GetProperty("copyGBytes").GetDouble() > 0, result.Output);
        var op = Assert.Single(root.GetProperty("ops").EnumerateArray());
        Assert.Equal("bicubic x4 64x64x3", op.GetProperty("op").GetString());
        Assert.True(op.GetProperty("microseconds").GetDouble() > 0);
        Assert.InRange(op.GetProperty("nmse").GetDouble(), 0, 1e-9);
        Assert.Contains("<svg", File.ReadAllText(srk.PathOf("roof.svg")), StringComparison.Ordinal);
    }

    /// <summary>In two precisions, each row a line of a file that already had one.</summary>
    [OpenClFact]
    public void VerifiesAndTimesOnADevice()
    {
        File.WriteAllText(srk.PathOf("rows.jsonl"), "{}\n");
        var result = srk.Run("bench", "nearest code", "--device", "opencl:0", "--precision", "fp32,bf16", "--lines", "rows.jsonl");
        var rows = File.ReadAllLines(srk.PathOf("rows.jsonl")).Skip(1).Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(["fp32", "bf16"], rows.Where(r => r.GetProperty("nmse").GetDouble() <= 1e-9 && r.GetProperty("microseconds").GetDouble() > 0).Select(r => r.GetProperty("precision").GetString()));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("measured peaks: fp32", result.Output, StringComparison.Ordinal);
        Assert.Contains("nearest code 64x64x3 of 8192", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "opencl:N", "bench", "--device", "tpu")]
    [InlineData(2, "opencl:N", "bench", "--device", "opencl:x")]
    [InlineData(1, "opencl", "bench", "--device", "opencl:99")]
    [InlineData(2, "fp32 on the processor", "bench", "--precision", "bf16")]
    [InlineData(2, "bf16", "bench", "--device", "opencl:0", "--precision", "int8")]
    [InlineData(1, "'nothing'", "bench", "nothing")]
    [InlineData(1, "leave --predict out", "bench", "bicubic", "--predict")]
    [InlineData(1, "a folder that exists", "bench", "bicubic", "--svg", "no/such/roof.svg")]
    [InlineData(1, "a folder that exists", "bench", "bicubic", "--lines", "no/such/rows.jsonl")]
    [InlineData(2, "one precision with --json", "bench", "--device", "opencl:0", "--precision", "fp32,bf16", "--json")]
    [InlineData(2, "'int8'", "bench", "--device", "opencl:0", "--precision", "fp32,int8")]
    [InlineData(2, "one of realsr, tiny", "bench", "--run", "sr3")]
    [InlineData(2, "--run: expected a device", "bench", "--run", "tiny")]
    public void WhatCannotBeDoneIsSaid(int exitCode, string expected, params string[] arguments)
    {
        var result = srk.Run(arguments);
        Assert.True(result.ExitCode == exitCode, $"expected exit code {exitCode}: {result}");
        Assert.Contains(expected, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Matches("^srk: .+: expected .+, got .+; .+\n$", result.Error);
    }

    /// <summary>The parts add up to what hooks on the authors' modules counted (1e9 operations): at least 95 % of it, and not more.</summary>
    [Theory]
    [InlineData("conv3x3", 300.140, 75.722, 619.042)]
    [InlineData("conv1x1 and linear", 10.737, 18.048 + 6.478, 17.180)]
    [InlineData("full attention", 34.360, 0, 34.360)]
    [InlineData("window attention", 0, 1.076, 0)]
    public void CasesAddUpToTheModelsArithmetic(string family, double encode, double step, double decode)
    {
        AddUp(OpCases.All, 0);
        // On tensor cores the projection behind full attention is part of its values' weights.
        using var device = new CudaDevice(new EmulatedCudaDriver(80), 0);
        AddUp(OpCases.On(device.Info, Precision.Bf16), family == "conv1x1 and linear" ? 2.0 * 64 * 64 * 512 * 512 / 1e9 : 0);
        Assert.Same(OpCases.All, OpCases.On(device.Info, Precision.Fp32));

        void AddUp(IReadOnlyList<OpCase> all, double saved)
        {
            OpCase[] cases = [.. all.Where(c => c.Family == family)];
            Near(encode - saved, cases.Sum(c => c.Encode * c.Flops));
            Near(step, cases.Sum(c => c.Step * c.Flops));
            Near(decode - saved, cases.Sum(c => c.Decode * c.Flops));
        }

        void Near(double gflop, double flops) => Assert.InRange(flops / 1e9, 0.95 * gflop, 1.001 * gflop);
    }

    [Fact]
    public void ARooflineIsWellFormedAndKeepsItsPointsInside()
    {
        var op = OpCases.All.First(c => c.Flops > 0);
        var memory = OpCases.All.First(c => c.Flops == 0);
        var svg = Roofline.Draw("a < b", new Peaks(1e12, 1e13, 1e11), [new OpTiming(op, 1e-3, 0, op.Bytes(4), 1e12), new OpTiming(memory, 1e-3, 0, memory.Bytes(4), 0)]);
        var document = new XmlDocument();
        document.LoadXml(svg);
        Assert.Equal("a < b", document.GetElementsByTagName("title")[0]!.InnerText);
        Assert.Contains("prefers-color-scheme:dark", svg, StringComparison.Ordinal);
        var circles = document.GetElementsByTagName("circle");
        Assert.Equal(2, circles.Count); // the point and its legend; what has no arithmetic has no place
        foreach (XmlElement circle in circles)
        {
            Assert.InRange(XmlConvert.ToDouble(circle.GetAttribute("cx")), 70, 860);
            Assert.InRange(XmlConvert.ToDouble(circle.GetAttribute("cy")), 50, 500);
        }
    }
}
