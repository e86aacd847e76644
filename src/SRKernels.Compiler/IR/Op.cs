namespace SRKernels.Compiler.IR;

/// <summary>
/// Every operation of the IR. The comment on an entry defines it, edge cases included; the interpreter is its
/// executable form and C# is the truth where both could be asked. Shape, operand count and properties stand in <see
/// cref="OpInfo"/>. Notation: a, b, c are the operands in order; "int" is i32 or i64, "float" is f32 or f64; unless
/// said the result has the type of a. Ops with a .fast form (<see cref="Value.Fast"/>) may there use the device's
/// approximate instruction and flush denormals.
/// </summary>
internal enum Op : byte
{
    // ---- values that stand in no block ----

    /// <summary>A parameter of the kernel (see <see cref="Function.Parameters"/>).</summary>
    Param,

    /// <summary>A constant; <see cref="Value.Imm"/> holds the bits, zero-extended. Pointers: only null (0). Interned
    /// per function.</summary>
    Const,

    /// <summary>A value that nobody wrote: any bits, and the same bits at every use. Interned per type.</summary>
    Undef,

    // ---- merging ----

    /// <summary>Operand i if control came from <see cref="Block.Preds"/>[i]. All phis of a block read before any is
    /// written.</summary>
    Phi,

    /// <summary>a ? b : c; a is i1. Both are evaluated.</summary>
    Select,

    /// <summary>Lane <see cref="Value.Imm"/> of a vector value.</summary>
    Extract,

    // ---- integers (i32, i64; And, Or, Xor, Not also i1) ----

    /// <summary>a + b, wrapping.</summary>
    Add,

    /// <summary>a - b, wrapping.</summary>
    Sub,

    /// <summary>a * b, low half (wrapping).</summary>
    Mul,

    /// <summary>High half of the signed product.</summary>
    MulHiS,

    /// <summary>High half of the unsigned product.</summary>
    MulHiU,

    /// <summary>Signed quotient, towards zero. b = 0 and MinValue / -1 are errors of the kernel (C# throws): the
    /// interpreter reports them, devices give any value or trap. Never executed speculatively unless b is a constant
    /// other than 0 and -1.</summary>
    DivS,

    /// <summary>Unsigned quotient. b = 0 as in DivS.</summary>
    DivU,

    /// <summary>Signed remainder with the sign of a. b = 0 and MinValue % -1 as in DivS.</summary>
    RemS,

    /// <summary>Unsigned remainder. b = 0 as in DivS.</summary>
    RemU,

    /// <summary>-a, wrapping (MinValue stays).</summary>
    Neg,

    /// <summary>|a|, wrapping (MinValue stays, where Math.Abs throws).</summary>
    AbsS,

    /// <summary>The smaller, signed.</summary>
    MinS,

    /// <summary>The larger, signed.</summary>
    MaxS,

    /// <summary>The smaller, unsigned.</summary>
    MinU,

    /// <summary>The larger, unsigned.</summary>
    MaxU,

    /// <summary>Bitwise and; on i1 logical.</summary>
    And,

    /// <summary>Bitwise or; on i1 logical.</summary>
    Or,

    /// <summary>Bitwise exclusive or; on i1 "differs".</summary>
    Xor,

    /// <summary>Bitwise complement; on i1 logical not.</summary>
    Not,

    /// <summary>a shifted left by b (i32) masked with bits - 1, as C# does.</summary>
    Shl,

    /// <summary>Arithmetic shift right; b (i32) masked with bits - 1.</summary>
    ShrS,

    /// <summary>Logical shift right; b (i32) masked with bits - 1.</summary>
    ShrU,

    /// <summary>Number of one bits, as i32.</summary>
    PopCount,

    /// <summary>Number of leading zero bits, as i32; of 0: the width.</summary>
    Clz,

    /// <summary>Number of trailing zero bits, as i32; of 0: the width.</summary>
    Ctz,

    // ---- floats (f32, f64), IEEE 754, round to nearest even, denormals kept, never contracted ----

    /// <summary>a + b.</summary>
    FAdd,

    /// <summary>a - b.</summary>
    FSub,

    /// <summary>a * b.</summary>
    FMul,

    /// <summary>a / b, correctly rounded. Has a .fast form.</summary>
    FDiv,

    /// <summary>C# a % b: a - b * trunc(a / b) computed exactly (fmod), sign of a; NaN if a is infinite or b is
    /// 0.</summary>
    FRem,

    /// <summary>a * b + c with one rounding.</summary>
    Fma,

    /// <summary>-a: flips the sign bit, of NaN too.</summary>
    FNeg,

    /// <summary>|a|: clears the sign bit, of NaN too.</summary>
    FAbs,

    /// <summary>Math.Min: NaN if either is NaN; -0 is smaller than +0.</summary>
    FMin,

    /// <summary>Math.Max: NaN if either is NaN; +0 is larger than -0.</summary>
    FMax,

    /// <summary>The smaller; if one is NaN, the other. Of two zeros either (PTX min, OpenCL fmin).</summary>
    FMinNum,

    /// <summary>The larger; if one is NaN, the other. Of two zeros either (PTX max, OpenCL fmax).</summary>
    FMaxNum,

    /// <summary>Magnitude of a with the sign of b.</summary>
    CopySign,

    /// <summary>Largest integer not above a; keeps -0, infinities, NaN.</summary>
    Floor,

    /// <summary>Smallest integer not below a (of -0.5: -0).</summary>
    Ceil,

    /// <summary>a towards zero.</summary>
    Trunc,

    /// <summary>Nearest integer, ties to even.</summary>
    RoundEven,

    /// <summary>Square root, correctly rounded; of a negative: NaN; of -0: -0. Has a .fast form.</summary>
    Sqrt,

    /// <summary>1 / sqrt(a); of +0: +infinity; of a negative: NaN. Exact form: at most 2 ulp. Has a .fast
    /// form.</summary>
    Rsqrt,

    /// <summary>1 / a, correctly rounded. Has a .fast form.</summary>
    Rcp,

    /// <summary>e^a. Ulps of this and the next ones: the table of the conformance suite. Has a .fast form.</summary>
    Exp,

    /// <summary>2^a. Has a .fast form.</summary>
    Exp2,

    /// <summary>Natural logarithm; of 0: -infinity; of a negative: NaN. Has a .fast form.</summary>
    Log,

    /// <summary>Logarithm to base 2, edges as Log. Has a .fast form.</summary>
    Log2,

    /// <summary>a^b with every special case of Math.Pow. Has a .fast form (a &gt; 0 only).</summary>
    Pow,

    /// <summary>Sine of a in radians, any finite a; of infinity: NaN. Has a .fast form (|a| small).</summary>
    Sin,

    /// <summary>Cosine of a in radians, edges as Sin. Has a .fast form.</summary>
    Cos,

    /// <summary>Hyperbolic tangent; saturates to +-1. Has a .fast form.</summary>
    Tanh,

    // ---- comparisons, to i1 (greater = the operands swapped) ----

    /// <summary>a == b; ints, i1, or pointers of one space.</summary>
    CmpEq,

    /// <summary>a != b; ints, i1, or pointers of one space.</summary>
    CmpNe,

    /// <summary>a &lt; b, signed.</summary>
    CmpLtS,

    /// <summary>a &lt;= b, signed.</summary>
    CmpLeS,

    /// <summary>a &lt; b, unsigned.</summary>
    CmpLtU,

    /// <summary>a &lt;= b, unsigned.</summary>
    CmpLeU,

    /// <summary>a == b; false if either is NaN.</summary>
    FCmpEq,

    /// <summary>Not FCmpEq: true if either is NaN.</summary>
    FCmpNe,

    /// <summary>a &lt; b; false if either is NaN.</summary>
    FCmpLt,

    /// <summary>a &lt;= b; false if either is NaN.</summary>
    FCmpLe,

    /// <summary>a &lt; b, or either is NaN (IL blt.un, clt.un).</summary>
    FCmpLtUn,

    /// <summary>a &lt;= b, or either is NaN (IL ble.un).</summary>
    FCmpLeUn,

    // ---- conversions (the result type says to what) ----

    /// <summary>Low bits of an integer, to a narrower one (not to i1: compare with 0).</summary>
    IntTrunc,

    /// <summary>Sign extension to a wider integer (from i1: all ones).</summary>
    SExt,

    /// <summary>Zero extension to a wider integer (from i1: 0 or 1).</summary>
    ZExt,

    /// <summary>Signed int to float, nearest even.</summary>
    SiToFp,

    /// <summary>Unsigned int to float, nearest even.</summary>
    UiToFp,

    /// <summary>Float to signed int, towards zero, saturating; NaN gives 0 (what .NET 9 and later do).</summary>
    FpToSi,

    /// <summary>Float to unsigned int, towards zero, saturating (negatives 0); NaN gives 0.</summary>
    FpToUi,

    /// <summary>To a wider float: f16, bf16 to f32; f16 to f64; f32 to f64. Exact; NaN stays NaN.</summary>
    FpExt,

    /// <summary>To a narrower float, nearest even, overflow to infinity: f64 to f32, f16; f32 to f16, bf16.</summary>
    FpTrunc,

    /// <summary>f32 rounded to tf32 (10 fraction bits), nearest, ties away from zero; the low 13 bits become
    /// 0.</summary>
    RoundTf32,

    /// <summary>The same bits as another type of the same width: i16/f16/bf16, i32/f32, i64/f64.</summary>
    Bitcast,

    /// <summary>Two 16-bit values of one type (i16, f16, bf16) to an i32: a in the low half, b in the high
    /// one.</summary>
    Pack2x16,

    /// <summary>Half <see cref="Value.Imm"/> (0 low, 1 high) of an i32, as a 16-bit type.</summary>
    Unpack2x16,

    // ---- memory; addresses are a (+ Offset bytes), aligned to the type's size (a vector's whole size) ----

    /// <summary>a + b * <see cref="Value.Imm"/> bytes: pointer, signed int index (i32 is sign-extended first),
    /// scale.</summary>
    Addr,

    /// <summary>a, which the program promises to be a multiple of <see cref="Value.Imm"/> bytes (a power of
    /// two).</summary>
    AssumeAligned,

    /// <summary>Reads the result type at a + Offset. Vector results read their lanes side by side.</summary>
    Load,

    /// <summary>Writes b, or b.. (2, 4 or 8 scalars of one type, side by side), at a + Offset.</summary>
    Store,

    /// <summary>Address of <see cref="Function.Allocations"/>[<see cref="Value.Imm"/>] (shared or local). Content
    /// undefined at first.</summary>
    AllocAddr,

    /// <summary>Address of the launch's dynamic shared memory (16-byte aligned, after the static part).</summary>
    DynShared,

    /// <summary>Bytes of dynamic shared memory that the launch asked for, as i32.</summary>
    DynSharedBytes,

    // ---- atomics: on global or shared memory at a + Offset; relaxed, device scope; result: the old value ----

    /// <summary>Adds b (i32, i64), wrapping.</summary>
    AtomicAdd,

    /// <summary>Adds b (f32, f64).</summary>
    AtomicFAdd,

    /// <summary>Signed minimum.</summary>
    AtomicMinS,

    /// <summary>Signed maximum.</summary>
    AtomicMaxS,

    /// <summary>Unsigned minimum.</summary>
    AtomicMinU,

    /// <summary>Unsigned maximum.</summary>
    AtomicMaxU,

    /// <summary>Bitwise and.</summary>
    AtomicAnd,

    /// <summary>Bitwise or.</summary>
    AtomicOr,

    /// <summary>Bitwise exclusive or.</summary>
    AtomicXor,

    /// <summary>Replaces by b (i32, i64).</summary>
    AtomicExch,

    /// <summary>Replaces by c if the old value is b (i32, i64).</summary>
    AtomicCas,

    // ---- threads ----

    /// <summary>Index of the thread in its group; <see cref="Value.Imm"/> 0 x, 1 y, 2 z (as for the next three).
    /// i32.</summary>
    ThreadIdx,

    /// <summary>Size of the group. i32.</summary>
    GroupDim,

    /// <summary>Index of the group in the grid. i32.</summary>
    GroupIdx,

    /// <summary>Size of the grid in groups. i32.</summary>
    GridDim,

    /// <summary>Linear thread index modulo 32 (x fastest). i32.</summary>
    LaneIdx,

    /// <summary>All threads of the group arrive before any goes on; their shared and global accesses are ordered by
    /// it.</summary>
    Barrier,

    /// <summary>Barrier; number of threads whose a (i1) is true, as i32.</summary>
    BarrierPopCount,

    /// <summary>Barrier; whether a (i1) is true in all threads.</summary>
    BarrierAnd,

    /// <summary>Barrier; whether a (i1) is true in any thread.</summary>
    BarrierOr,

    /// <summary>Barrier of the 32 threads of a warp, with the same ordering among them.</summary>
    WarpBarrier,

    /// <summary>Earlier accesses of this thread are seen before later ones by its group.</summary>
    FenceGroup,

    /// <summary>The same by the device.</summary>
    FenceDevice,

    /// <summary>The same by the host too.</summary>
    FenceSystem,

    /// <summary>a (i32, f32) of lane s + (b mod c), where c is the width (1, 2, 4 .. 32) and s the first lane of this
    /// lane's segment of c lanes. All lanes of the warp that exist take part; reading a lane that does not exist gives
    /// any value.</summary>
    Shuffle,

    /// <summary>a of lane + b; own a if that is past this lane's segment of c lanes.</summary>
    ShuffleDown,

    /// <summary>a of lane - b; own a if that is before this lane's segment.</summary>
    ShuffleUp,

    /// <summary>a of lane ^ b; own a if that is past the end of this lane's segment.</summary>
    ShuffleXor,

    // ---- tensor cores and asynchronous copies; all 32 lanes take part; lane layouts: the published fragments ----

    /// <summary>D = A * B + C of one warp; <see cref="Value.Imm"/> is the <see cref="MmaShape"/>, which fixes how many
    /// i32 registers of A and B come first; then four f32 of C. Result f32x4. Products are exact, the sum is rounded to
    /// f32 in unspecified order.</summary>
    Mma,

    /// <summary>Loads 1, 2 or 4 matrices of 8x8 16-bit values from shared memory; result i32, i32x2, i32x4. Lane 8 j +
    /// r gives in a the address of row r of matrix j (16-byte aligned); <see cref="Value.Imm"/> 1:
    /// transposed.</summary>
    LdMatrix,

    /// <summary>Copies <see cref="Value.Imm"/> (4, 8, 16) bytes to shared a + Offset from global b; with a third
    /// operand (i32) only that many of them (0 .. Imm), the rest becomes 0. Visible after a wait (to this thread) and a
    /// barrier (to the group).</summary>
    CpAsync,

    /// <summary>Closes the group of this thread's copies since the last commit.</summary>
    CpAsyncCommit,

    /// <summary>Waits until at most <see cref="Value.Imm"/> of this thread's youngest groups are under way.</summary>
    CpAsyncWait,

    /// <summary>Inline PTX (<see cref="Value.Asm"/>) over the operands; PTX only: other back ends refuse the
    /// kernel.</summary>
    Asm,

    /// <summary>Output <see cref="Value.Imm"/> of an Asm.</summary>
    AsmOutput,

    // ---- terminators ----

    /// <summary>Goes to the target.</summary>
    Br,

    /// <summary>Goes to target 0 if a (i1), else to target 1. Targets differ.</summary>
    CondBr,

    /// <summary>The thread ends.</summary>
    Ret,
}

/// <summary>Shapes of <see cref="Op.Mma"/>: m x n x k, operand format; C and D are f32.</summary>
internal enum MmaShape : byte
{
    /// <summary>4 registers of A (f16 pairs), 2 of B.</summary>
    M16N8K16F16,

    /// <summary>4 registers of A (bf16 pairs), 2 of B.</summary>
    M16N8K16BF16,

    /// <summary>2 registers of A (f16 pairs), 1 of B.</summary>
    M16N8K8F16,

    /// <summary>2 registers of A (bf16 pairs), 1 of B.</summary>
    M16N8K8BF16,

    /// <summary>4 registers of A (tf32), 2 of B.</summary>
    M16N8K8TF32,
}
