namespace SRKernels.Emulation.Isa;

/// <summary>What each target and each version of the ISA brought. Source: PTX ISA, release history and directives.</summary>
internal static class PtxTargets
{
    /// <summary>Version 8.7 as 87; ptxas 11.8 knows up to 7.8, newer ones are emulated only.</summary>
    internal const int NewestVersion = 88;

    /// <summary>The newest that the ptxas of tools/get_ptxas.sh knows.</summary>
    internal const int AssemblerVersion = 78;

    internal const int StaticSharedBytes = 48 * 1024;

    internal const int ParameterBytes = 4352;

    /// <summary>Target to the lowest ISA version that knows it.</summary>
    internal static readonly Dictionary<string, int> LowestVersion = new()
    {
        ["sm_50"] = 40, ["sm_52"] = 41, ["sm_53"] = 42, ["sm_60"] = 50, ["sm_61"] = 50, ["sm_62"] = 50,
        ["sm_70"] = 60, ["sm_72"] = 61, ["sm_75"] = 63, ["sm_80"] = 70, ["sm_86"] = 71, ["sm_87"] = 74,
        ["sm_89"] = 78, ["sm_90"] = 78, ["sm_90a"] = 80, ["sm_100"] = 86, ["sm_100a"] = 86, ["sm_120"] = 87,
        ["sm_120a"] = 87,
    };

    /// <summary>The most dynamic plus static shared memory that a block may use, bytes. Source: CUDA C programming guide.</summary>
    internal static int SharedBytes(int target) => target switch
    {
        70 or 72 => 96 * 1024,
        75 => 64 * 1024,
        80 or 87 => 163 * 1024,
        86 or 89 => 99 * 1024,
        90 or 100 => 227 * 1024,
        120 => 99 * 1024,
        _ => 48 * 1024,
    };
}
