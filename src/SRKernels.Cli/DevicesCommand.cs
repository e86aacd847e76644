using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Cli;

/// <summary><c>srk devices</c>: what there is to compute on.</summary>
internal sealed class DevicesCommand
{
    public Command Command { get; } = new("devices", "Lists what there is to compute on.");

    public int Run(ParseResult parsed)
    {
        Console.Out.WriteLine($"cpu       {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} threads, {Simd()}");
        List("cuda", CudaDevice.List);
        List("opencl", OpenClDevice.List);
        List("ilgpu:cuda", IlgpuDevices.ListCuda);
        Console.Out.WriteLine($"ilgpu:cpu {IlgpuDevices.Cpu}");
        return ExitCode.Done;
    }

    private static void List(string kind, Func<IReadOnlyList<DeviceInfo>> list)
    {
        try
        {
            var found = list();
            if (found.Count == 0) Console.Out.WriteLine($"{kind,-9} none");
            for (var i = 0; i < found.Count; i++)
            {
                var name = $"{kind}:{i}";
                Console.Out.WriteLine($"{name,-9} {found[i].Name}, {found[i].MemoryBytes >> 20} MiB, {found[i].Multiprocessors} units, {found[i].Detail}");
            }
        }
        catch (SrkException e)
        {
            Console.Out.WriteLine($"{kind,-9} none: {e.Message}");
        }
    }

    private static string Simd()
    {
        var features = new List<string>();
        if (Avx512F.IsSupported) features.Add("AVX-512");
        if (Avx2.IsSupported) features.Add("AVX2");
        if (Fma.IsSupported) features.Add("FMA");
        if (features.Count == 0) features.Add(Vector128.IsHardwareAccelerated ? "128-bit SIMD" : "no SIMD");
        return string.Join(" ", features);
    }
}
