using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Isa;

/// <summary>The special registers that the emulator gives values to; all but the clocks are constant over a launch.</summary>
internal static class SpecialRegisters
{
    private static readonly Dictionary<string, PtxType> Types = Build();

    internal static PtxType TypeOf(string name) => Types.GetValueOrDefault(name);

    private static Dictionary<string, PtxType> Build()
    {
        var types = new Dictionary<string, PtxType>();
        foreach (var vector in (string[])["%tid", "%ntid", "%ctaid", "%nctaid"])
            foreach (var component in "xyz")
                types[$"{vector}.{component}"] = PtxType.U32;
        foreach (var scalar in (string[])["%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%clock", "%lanemask_eq",
            "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge", "%dynamic_smem_size", "%total_smem_size"])
            types[scalar] = PtxType.U32;
        foreach (var wide in (string[])["%clock64", "%globaltimer"]) types[wide] = PtxType.U64;
        return types;
    }
}
