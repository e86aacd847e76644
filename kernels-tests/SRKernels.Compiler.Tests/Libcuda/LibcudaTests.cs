using SRKernels.Compiler.Tests.Aot;
using SRKernels.Emulation.Native.Sample;
using SRKernels.Emulation.Publishing;
using Xunit;

namespace SRKernels.Compiler.Tests.Libcuda;

/// <summary>
/// ILGPU's host code and ours on the emulated libcuda.so.1, in child processes that bind it by its name: what is checked stands in
/// kernels-tests/SRKernels.Emulation.Native.Sample, and each check is a test here.
/// </summary>
public sealed class LibcudaTests
{
    private static readonly Dictionary<string, string> s_default = [];
    private static readonly Dictionary<string, string> s_twoDevices = new() { ["SRKERNELS_EMULATED_CUDA_SM"] = "80,75" };

    // One child for all checks of a setting: most of a child's second is its start.
    private static readonly Lazy<(int Code, string Output, string Error)> s_all = new(() => Sample(s_default));
    private static readonly Lazy<(int Code, string Output, string Error)> s_two = new(() => Sample(s_twoDevices, [.. Checks.OfTwoDevices.Select(c => c.Name)]));

    public static TheoryData<string> Names => [.. Checks.OfOneDevice.Select(c => c.Name)];

    public static TheoryData<string> NamesOfTwoDevices => [.. Checks.OfTwoDevices.Select(c => c.Name)];

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Check(string name) => Passed(name, s_all.Value);

    [NativeTheory]
    [MemberData(nameof(NamesOfTwoDevices))]
    public void CheckOfTwoDevices(string name) => Passed(name, s_two.Value);

    [NativeFact]
    public void AllChecksRanAndTheProgramSaysSo()
    {
        var (code, output, error) = s_all.Value;
        Assert.True(code == 0, output + error);
        Assert.Equal(Checks.OfOneDevice.Count, Lines(output).Count(l => l.StartsWith("ok ", StringComparison.Ordinal)));
    }

    [NativeFact]
    public void PublishingWarnsOfNothing()
    {
        _ = EmulatedLibcuda.Folder;
        Assert.DoesNotContain("warning", EmulatedLibcuda.PublishOutput, StringComparison.OrdinalIgnoreCase);
    }

    [NativeFact]
    public void WhatIsFoundGoesToStandardErrorAndToTheLog()
    {
        var log = Path.GetTempFileName();
        try
        {
            var (code, output, error) = Sample(new() { ["SRKERNELS_EMULATED_CUDA_LOG"] = log }, "ilgpu-error-out-of-range");
            Assert.True(code == 0, output + error);
            Assert.Contains("Error OutOfBounds in Kernel_PastTheEnd", error, StringComparison.Ordinal);
            Assert.Contains("32x: thread 0 of block (0,0,0) writes 4 bytes", error, StringComparison.Ordinal);
            Assert.Equal(Lines(error), Lines(File.ReadAllText(log)));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [NativeTheory]
    [InlineData("SRKERNELS_EMULATED_CUDA_SM", "81", "SRKERNELS_EMULATED_CUDA_SM expected one of 70, 75, 80")]
    [InlineData("SRKERNELS_EMULATED_CUDA_SM", "80,", "got '80,'; correct or unset it")]
    [InlineData("SRKERNELS_EMULATED_CUDA_MEMORY", "2G", "SRKERNELS_EMULATED_CUDA_MEMORY expected the bytes of each device's memory, got '2G'")]
    [InlineData("SRKERNELS_EMULATED_CUDA_CHECKS", "none", "SRKERNELS_EMULATED_CUDA_CHECKS expected all or addresses, got 'none'")]
    public void AWrongSettingIsNamedAndLeavesNoDevice(string variable, string value, string expected)
    {
        var (code, output, error) = Sample(new() { [variable] = value }, "own-lists-the-device");
        Assert.Equal(1, code);
        Assert.Contains("FAILED own-lists-the-device", output, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Sample(Dictionary<string, string> environment, params string[] names) =>
        EmulatedLibcuda.Run(environment, "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "SRKernels.Emulation.Native.Sample.dll"), .. names]);

    private static void Passed(string name, (int Code, string Output, string Error) run) =>
        Assert.True(Lines(run.Output).Contains($"ok {name}"), $"exit code {run.Code}\n{Reason(name, run.Output)}\n{run.Error}");

    // The check's own lines, or all when it left none: the program may have ended before.
    private static string Reason(string name, string output)
    {
        var lines = Lines(output);
        var at = Array.IndexOf(lines, $"FAILED {name}");
        return at < 0 ? output : string.Join('\n', [lines[at], .. lines.Skip(at + 1).TakeWhile(l => l.StartsWith(' '))]);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
