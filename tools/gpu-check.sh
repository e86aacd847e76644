#!/usr/bin/env bash
# For the day a GPU is at hand: everything that this project could so far only check without one, in one report file.
#
#   tools/gpu-check.sh [OPTIONS] [REPORT]    builds, runs all tests with the real CUDA device among their devices, times the full model's ops in fp32 and bf16 with what the
#                                            timing model predicted beside them, enlarges the sample on the processor and on the GPU and compares. REPORT: gpu-report.txt
#   tools/gpu-check.sh --bundle FILE         writes FILE (.tar.gz): a self-contained srk with this script, for a machine without the .NET SDK; unpack there and run
#                                            gpu-check/gpu-check.sh. It leaves the tests out: the bench verifies each op against the plain loops before it times it.
#
#   --device D      measure on D (default cuda:0). Without a GPU, opencl:0 rehearses all of it: no prediction, and the tests without the real CUDA device
#   --quick         no tests, a small set of ops
#   --ops NAME      only ops with NAME in theirs
#   --sample FILE   enlarge this picture
#
# Ends with 0 if all went well; without the device it says so and ends with 1.
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

# Its line in the list of devices.
find_device() {
    local list
    list=$("$srk" devices) || fail "expected a list of devices, got an srk that does not start ($srk devices)"
    awk -v device="$device" '$1 == device { print; found = 1 } END { exit !found }' <<<"$list" ||
        fail "expected $device to be there, got $(awk '{ printf "%s%s", separator, $1; separator = ", " } $2 == "none" { printf " none" }' <<<"$list"); for cuda:0 run this where 'nvidia-smi' lists a GPU"
}

# The sample on the device, which must be within so many dB of the processor's picture.
picture() {
    local precision=$1 least=$2 line got
    line=$("$srk" upscale "$sample" -o "$work/$precision.png" --device "$device" --precision "$precision" --compare "$work/cpu.png" --json --quiet) || return
    echo "$line"
    # null: infinitely many, every byte is the same.
    grep -q '"psnr":null' <<<"$line" && return
    got=$(sed -n 's/.*"psnr":\([0-9.]*\).*/\1/p' <<<"$line")
    awk -v got="${got:-0}" -v least="$least" 'BEGIN { exit !(got >= least) }' || {
        echo "expected a picture within $least dB of the processor's, got ${got:-no} dB"
        return 1
    }
}

measure() {
    local precision
    for precision in fp32 bf16; do
        section "bench, $precision" "$srk" bench "${ops[@]}" --device "$device" --precision "$precision" --svg "${report%.*}-$precision.svg" "${predict[@]}"
    done
    # DESIGN.md section 3: fp32 differs by at most 1 in a byte, or is at least 50 dB near where a code flips; bf16 is at least 40 dB near.
    section "sample on the processor" "$srk" upscale "$sample" -o "$work/cpu.png" --device cpu --json --quiet &&
        section "sample on $device in fp32, at least 50 dB near the processor's" picture fp32 50 &&
        section "sample on $device in bf16, at least 40 dB near the processor's" picture bf16 40
}

# Before anything is built: where the driver's library is missing there is no GPU to check.
has_driver() { ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1' || [ -e /usr/lib/wsl/lib/libcuda.so.1 ]; }

revision() { cat "$here/revision" 2>/dev/null || git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

device=cuda:0 quick=0 name='' sample='' report=gpu-report.txt
predict=()
while [ $# -gt 0 ]; do
    case $1 in
        --bundle | --device | --ops | --sample) [ -n "${2:-}" ] || fail "expected a value after $1, got none; see the head of this script" ;;&
        --bundle)
            publish "$work/gpu-check/srk"
            cp "$here/gpu-check.sh" "$here/samples/scene.png" "$work/gpu-check/"
            revision >"$work/gpu-check/revision"
            tar -C "$work" -czf "$2" gpu-check || fail "$2 could not be written"
            echo "gpu-check: $2 ($(du -h "$2" | cut -f1)); unpack it beside a GPU and run gpu-check/gpu-check.sh"
            exit 0
            ;;
        --device) device=$2 ;;
        --ops) name=$2 ;;
        --sample) sample=$2 ;;
        --quick) quick=1 ;;
        -*) fail "expected a report file or an option, got '$1'; see the head of this script" ;;
        *) report=$1 ;;
    esac
    case $1 in --device | --ops | --sample) shift ;; esac
    shift
done
case $device in
    cuda:*) has_driver || fail "expected an NVIDIA GPU with its driver, got no libcuda.so.1; run this where 'nvidia-smi' lists one, or rehearse with --device opencl:0" ;;
    opencl:*) ;;
    *) fail "expected --device cuda:N or opencl:N, got '$device'; 'srk devices' lists them" ;;
esac
ops=(${name:+"$name"})
[ "$quick" -eq 0 ] || ops+=(--quick)
case $report in /*) ;; *) report=$caller/$report ;; esac
case $sample in '' | /*) ;; *) sample=$caller/$sample ;; esac

in_bundle=0
if [ -x "$here/srk/srk" ]; then
    in_bundle=1
    srk=$here/srk/srk
    sample=${sample:-$here/scene.png}
else
    cd "$here/.." || exit 1
    sample=${sample:-tools/samples/scene.png}
    publish "$work/srk"
    srk=$work/srk/srk
fi
found=$(find_device) || exit 1
# The model's figures exist for three GPUs, and it needs NVIDIA's assembler.
if [ "$in_bundle" -eq 0 ] && [[ $device == cuda:* ]] && grep -qE 'A100|RTX 4090|H100' <<<"$found" && tools/get_ptxas.sh </dev/null; then predict=(--predict); fi

: >"$report" || fail "$report cannot be written"
{
    case $device in
        cuda:*) echo "SRKernels on a GPU, $(date -u +%Y-%m-%d), revision $(revision)" ;;
        *) echo "SRKernels, a rehearsal on $device (no GPU), $(date -u +%Y-%m-%d), revision $(revision)" ;;
    esac
    echo "$found"
} | tee -a "$report"
if [[ $device == cuda:* ]]; then
    # The tests take the first one.
    export SRKERNELS_CUDA=1
    command -v nvidia-smi >/dev/null && section "nvidia-smi" nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.memory,memory.total,power.limit --format=csv
fi
if [ "$in_bundle" -eq 0 ] && [ "$quick" -eq 0 ]; then section "tests" dotnet test SRKernels.sln -c Release -nodeReuse:false; fi
measure
if [ "${#predict[@]}" -gt 0 ]; then section "the whole model, predicted (not validated on hardware)" "$srk" kernels --report --run realsr; fi

echo | tee -a "$report"
echo "gpu-check: $failures failed, report in $report" | tee -a "$report"
[ "$failures" -eq 0 ]
