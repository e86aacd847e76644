#!/usr/bin/env bash
# For the day a GPU is at hand: everything that this project could so far only check without one, in one report file.
#
#   tools/gpu-check.sh [REPORT]          builds, runs all tests with the real CUDA device among their devices, times the full model's ops in fp32 and bf16 with what the
#                                        timing model predicted beside them, enlarges the sample on cpu and cuda:0. REPORT: gpu-report.txt
#   tools/gpu-check.sh --bundle FILE     writes FILE (.tar.gz): a self-contained srk with this script, for a machine without the .NET SDK; unpack there and run
#                                        gpu-check/gpu-check.sh. It leaves the tests out: the bench verifies each op against the plain loops before it times it.
#
# Ends with 0 if all went well; without a GPU it says so and ends with 1.
set -uo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caller=$PWD
failures=0

fail() {
    echo "gpu-check: $*" >&2
    exit 1
}

# A heading, then a command with its output and how it ended, all into the report too.
section() {
    local title=$1 status
    shift
    {
        echo
        echo "== $title"
        echo "\$ $*"
        "$@" </dev/null 2>&1
        status=$?
        [ "$status" -eq 0 ] || echo "FAILED with $status"
        return "$status"
    } | tee -a "$report"
    status=${PIPESTATUS[0]}
    [ "$status" -eq 0 ] || failures=$((failures + 1))
    return "$status"
}

publish() {
    command -v dotnet >/dev/null || fail "expected the .NET 10 SDK on PATH, got none; install it, or make a bundle where it is (--bundle)"
    dotnet publish "$here/../src/SRKernels.Cli/SRKernels.Cli.csproj" -c Release -r linux-x64 --self-contained -nodeReuse:false -o "$1" </dev/null >"$work/publish.log" 2>&1 || {
        tail -n 20 "$work/publish.log" >&2
        fail "srk could not be published"
    }
}

find_gpu() {
    "$srk" devices | grep '^cuda:0 ' || fail "expected an NVIDIA GPU with its driver, got $("$srk" devices | grep '^cuda' | tr -s ' '); run this where 'nvidia-smi' lists one"
}

measure() {
    local precision
    for precision in fp32 bf16; do
        section "bench, $precision" "$srk" bench --device cuda:0 --precision "$precision" --svg "${report%.*}-$precision.svg" "${predict[@]}"
    done
    section "sample on the processor" "$srk" upscale "$sample" -o "$work/cpu.png" --json
    section "sample on the GPU" "$srk" upscale "$sample" -o "$work/cuda.png" --device cuda:0 --json
    # Compared as DESIGN.md section 3 asks: the GPU's picture against the processor's (bicubic in the same line is of no interest here).
    section "the GPU's picture against the processor's" "$srk" upscale "$sample" --device cuda:0 --compare "$work/cpu.png"
}

# Before anything is built: where the driver's library is missing there is no GPU to check.
has_driver() { ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1' || [ -e /usr/lib/wsl/lib/libcuda.so.1 ]; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "${1:-}" = --bundle ]; then
    [ -n "${2:-}" ] || fail "expected a file after --bundle, got none; name one that ends with .tar.gz"
    publish "$work/gpu-check/srk"
    cp "$here/gpu-check.sh" "$here/samples/scene.png" "$work/gpu-check/"
    tar -C "$work" -czf "$2" gpu-check || fail "$2 could not be written"
    echo "gpu-check: $2 ($(du -h "$2" | cut -f1)); unpack it beside a GPU and run gpu-check/gpu-check.sh"
    exit 0
fi

case ${1:-} in -*) fail "expected a report file or --bundle FILE, got '$1'; see the head of this script" ;; esac
has_driver || fail "expected an NVIDIA GPU with its driver, got no libcuda.so.1; run this where 'nvidia-smi' lists one"
report=${1:-gpu-report.txt}
case $report in /*) ;; *) report=$caller/$report ;; esac
predict=()
if [ -x "$here/srk/srk" ]; then
    # Unpacked from a bundle.
    srk=$here/srk/srk
    sample=$here/scene.png
    gpu=$(find_gpu) || exit 1
else
    cd "$here/.." || exit 1
    sample=tools/samples/scene.png
    publish "$work/srk"
    srk=$work/srk/srk
    gpu=$(find_gpu) || exit 1
    # The model's figures exist for three GPUs, and it needs NVIDIA's assembler.
    if tools/get_ptxas.sh </dev/null && echo "$gpu" | grep -qE 'A100|RTX 4090|H100'; then predict=(--predict); fi
fi

: >"$report" || fail "$report cannot be written"
{
    echo "SRKernels on a GPU, $(date -u +%Y-%m-%d)"
    echo "$gpu"
    git -C "$here" rev-parse --short HEAD 2>/dev/null
} | tee -a "$report"
command -v nvidia-smi >/dev/null && section "nvidia-smi" nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.memory,memory.total,power.limit --format=csv
if [ "$srk" = "$work/srk/srk" ]; then
    export SRKERNELS_CUDA=1
    section "tests, the real device among theirs" dotnet test SRKernels.sln -c Release -nodeReuse:false
fi
measure
if [ "${#predict[@]}" -gt 0 ]; then section "the whole model, predicted (not validated on hardware)" "$srk" kernels --report --run realsr; fi

echo | tee -a "$report"
echo "gpu-check: $failures failed, report in $report" | tee -a "$report"
[ "$failures" -eq 0 ]
