using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using SRKernels.Kernels.Simd;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>What a time depends on: the processor's name and the instructions that it has.</summary>
internal static class MachineFeatures
{
    /// <summary>One line: name, processors, features, the vectors that our kernels take.</summary>
    public static string Describe() =>
        $"{ProcessorName()}, {Environment.ProcessorCount} processors, {string.Join(' ', Present())}; vectors of ours: {SimdWidths.Best}; "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}";

    /// <summary>The most memory that this process has had.</summary>
    public static long PeakResidentBytes()
    {
        const string status = "/proc/self/status";
        if (!File.Exists(status)) return Process.GetCurrentProcess().PeakWorkingSet64;
        var line = File.ReadLines(status).First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line["VmHWM:".Length..].TrimEnd('k', 'B', ' '), CultureInfo.InvariantCulture) << 10;
    }

    private static IEnumerable<string> Present()
    {
        yield return Has(Avx2.IsSupported && Fma.IsSupported, "AVX2+FMA");
        yield return Has(Avx512F.IsSupported, "AVX-512");
        // The rest .NET has no word for, or none that says it alone: leaf 7 as Intel's manual, volume 2, table "CPUID" lays it out.
        if (!X86Base.IsSupported) yield break;
        var (highest, _, _, _) = X86Base.CpuId(0, 0);
        if (highest < 7) yield break;
        var (subleaves, _, ecx, edx) = X86Base.CpuId(7, 0);
        yield return Has((ecx & (1 << 11)) != 0, "AVX512-VNNI");
        yield return Has(subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0, "AVX512-BF16");
        yield return Has((edx & (1 << 24)) != 0, "AMX");
    }

    private static string Has(bool present, string name) => present ? name : $"no-{name}";

    private static string ProcessorName()
    {
        if (!X86Base.IsSupported) return RuntimeInformation.ProcessArchitecture.ToString();
        var (signature, _, _, _) = X86Base.CpuId(1, 0);
        var family = ((signature >> 8) & 15) + ((signature >> 20) & 255);
        var model = ((signature >> 4) & 15) | ((signature >> 12) & 0xF0);
        var words = new int[12];
        for (var i = 0; i < words.Length; i += 4)
            (words[i], words[i + 1], words[i + 2], words[i + 3]) = X86Base.CpuId(unchecked((int)0x80000002) + (i / 4), 0);
        var name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words.AsSpan())).TrimEnd('\0').Trim();
        return $"{name} (family {family} model {model})";
    }
}
