#!/usr/bin/env bash
# Beside a GPU: is everything right, and how fast? The most telling first, in at most eight minutes, in one folder.
#
#   tools/gpu-check.sh --bundle FILE      writes FILE (.tar.gz, at most 60 MiB): srk, the tests of devices as programs, their goldens and this script, for a
#                                         linux-x64 machine with a driver and nothing else. Unpack it there and run gpu-check/gpu-check.sh.
#   tools/gpu-check.sh [OPTIONS] [FOLDER] builds, runs the parts below and writes FOLDER (gpu-report): report.txt for people, report.jsonl for programs, one
#                                         object a line, and tests-*.jsonl, each line as soon as it is known: also a run that is cut short tells.
#
#   device        what is there                            bench    the full model's ops: time, % of measured peak, with a roofline each
#   conformance   each kernel of the conformance suite     runs     whole runs of 4 and of 15 steps: encode, step, decode, launches, gaps
#                 and each operation, our PTX and ILGPU's  ilgpu    ops and runs through ILGPU's driver binding and compiler, beside ours
#   ops           each op against plain loops              torch    our PyTorch definition on the same GPU, where python3 has PyTorch with CUDA
#   pictures      golden chains, and the processor's picture
#
#   --only PART     this part; may be said several times
#   --minutes N     N in place of 8: each part has its share, so that one that hangs takes nobody else's
#   --device D      measure on D (default cuda:0). Without a GPU, opencl:0 rehearses: no PTX, no ilgpu, no torch
#   --quick         few tests and ops, fp32 and bf16, runs of the small model: a rehearsal
#   --tests FILTER  only tests that this filter of VSTest leaves;   --ops NAME  only ops with NAME in theirs;   --sample FILE  enlarge this picture
#
# Ends with 0 if all went well; without the device it says so and ends with 1.
set -uo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
failures=0
declare -A share=([device]=20 [conformance]=90 [ops]=90 [pictures]=50 [bench]=90 [runs]=45 [ilgpu]=45 [torch]=50)
parts=(device conformance ops pictures bench runs ilgpu torch)

fail() {
    echo "gpu-check: $*" >&2
    exit 1
}

# ---- The bundle.

# The folder of an archive: one runtime for srk and both test programs. Built from a copy of the sources, whose own builds stay as they are.
bundle() {
    local root source=$1/source to=$1/gpu-check project
    root=$(cd "$here/.." && pwd)
    command -v dotnet >/dev/null || fail "expected the .NET 10 SDK on PATH, got none; make the bundle where it is"
    mkdir -p "$source" && (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf -) | tar -xf - -C "$source" ||
        fail "expected a checkout of git, got $root; clone the repository"
    for project in src/SRKernels.Cli kernels-tests/SRKernels.Tests kernels-tests/SRKernels.Compiler.Tests; do
        # No symbols, no documentation, and sources named from the repository's root. One project at a time: some are built for two reasons.
        dotnet publish "$source/$project" -c Release -r linux-x64 --self-contained -m:1 -nodeReuse:false -o "$to/app" -p:ForBundle=true -p:DebugType=none \
            -p:CopyOutputSymbolsToPublishDirectory=false -p:AllowedReferenceRelatedFileExtensions=none -p:PathMap="$source=/_" \
            -p:ValidateExecutableReferencesMatchSelfContained=false </dev/null >"$1/publish.log" 2>&1 || {
            tail -n 20 "$1/publish.log" >&2
            fail "$project could not be published"
        }
    done
    rm -f "$to"/app/*.pdb "$to"/app/*.xml
    mkdir -p "$to/kernels-tests/Goldens" "$to/peers"
    cp "$here/gpu-check.sh" "$here/samples/scene.png" "$to/"
    cp "$root"/benchmarks/peers/resshift_*.py "$to/peers/"
    # What chains and blocks on a device are compared with; the goldens of processors stay here.
    cp "$root"/kernels-tests/Goldens/{*.json,*.txt,misc_ops*,rs_case_v3_4step*,rs_case_v3_pad*,rs_case_v3_batch2.*,rs_case_v1_15step*,rs_case_inpaint*,sinsr_case_*,rs_trace_swin*,vq_trace_attnres*,rrdb_*,srvgg_trace*,rivals_misc_ops*,realesr-general-*,*esrgan_case_*,bsrgan_case_*,realsr_case_*} \
        "$to/kernels-tests/Goldens/"
    git -C "$here" rev-parse --short HEAD >"$to/revision" 2>/dev/null || echo unknown >"$to/revision"
}

# ---- What the parts are made of.

say() { printf '%s\n' "$*" | tee -a "$report"; }

# A line of JSON: the fields, without braces.
line() { printf '{%s}\n' "$1" >>"$lines"; }

quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g' | tr -d '\000-\037' | sed 's/^/"/; s/$/"/'; }

# A heading, then a command with its output and how it ended, within what is left of the part's time. Pieces that fail are counted.
piece() {
    local title=$1 status from=$SECONDS limit=$((part_end - SECONDS)) how
    shift
    say "" && say "== $title"
    if [ "$limit" -le 0 ]; then
        how="no time left"
        status=124
    else
        # A hang is ended, and what does not heed that is killed.
        timeout --kill-after=3 "$limit" "$@" </dev/null 2>&1 | tee -a "$report"
        status=${PIPESTATUS[0]}
        case $status in 0) how=done ;; 124 | 137) how="timed out" ;; *) how=failed ;; esac
    fi
    [ "$status" -eq 0 ] || { failures=$((failures + 1)) && say "FAILED: $how with $status after $((SECONDS - from)) s"; }
    line "\"part\":\"$part\",\"piece\":$(quoted "$title"),\"status\":\"$how\",\"exitCode\":$status,\"seconds\":$((SECONDS - from))"
    return "$status"
}

# What one test program said, a line of JSON for each event, as counts by device; then what failed, and what was still running.
count_tests() {
    awk -v q='"' '
        function field(name,    at) {
            at = index($0, q name q ":" q)
            if (!at) return ""
            rest = substr($0, at + length(name) + 4)
            match(rest, /^([^"\\]|\\.)*/)
            return substr(rest, 1, RLENGTH)
        }
        function group(name) { return match(name, /(backend|device): \\"[^"]*\\"/) ? substr(name, RSTART, RLENGTH) : "tests" }
        { type = field("$type") }
        type == "test-starting" { id = field("TestUniqueID"); names[id] = field("TestDisplayName"); running[id] = 1 }
        type == "test-finished" { delete running[field("TestUniqueID")] }
        type == "test-passed" || type == "test-failed" || type == "test-skipped" {
            g = group(names[field("TestUniqueID")]); seen[g] = 1; counts[g, type]++
        }
        type == "test-failed" {
            at = index($0, q "Messages" q ":[" q); rest = substr($0, at + 13); match(rest, /^([^"\\]|\\.)*/)
            message = substr(rest, 1, RLENGTH > 400 ? 400 : RLENGTH); gsub(/\\n/, "\n      ", message)
            if (failed++ < 20) print "  failed: " names[field("TestUniqueID")] "\n      " message
        }
        type == "error" { print "  " $0; failed++ }
        END {
            for (id in running) if (left++ < 5) print "  did not end: " names[id]
            if (failed > 20) print "  and " failed - 20 " more"
            for (g in seen) printf "%s: %d passed, %d failed, %d skipped\n", g, counts[g, "test-passed"], counts[g, "test-failed"], counts[g, "test-skipped"]
            if (left) print left " did not end"
            exit !length(seen)
        }' "$1" | sed 's/\\"/"/g'
}

# Tests that a filter leaves, of one of the programs.
tests() {
    local name=$1 title=$2 program=$3 events="$folder/tests-$1.jsonl" failed counts
    shift 3
    : >"$events"
    piece "$title" quietly "$events" ${!program} -noLogo -noColor -reporter json -noAutoReporters -preEnumerateTheories -filterVSTest "$*${filter:+&($filter)}"
    counts=$(count_tests "$events") || {
        failures=$((failures + 1))
        counts="FAILED: expected some tests, got none"
    }
    say "$counts"
    failed=$(grep -c '"$type":"test-failed"' "$events")
    line "\"part\":\"$part\",\"tests\":\"$name\",\"passed\":$(grep -c '"$type":"test-passed"' "$events"),\"failed\":$failed,\"skipped\":$(grep -c '"$type":"test-skipped"' "$events")"
}

# A command whose output goes into a file; a file of its own, since timeout starts programs and no functions.
make_quietly() {
    printf '#!/usr/bin/env bash\nto=$1\nshift\nexec "$@" >"$to"\n' >"$work/quietly"
    chmod +x "$work/quietly"
    PATH=$work:$PATH
}

# The sample on the device, which must be within so many dB of the processor's picture (DESIGN.md, section 3).
picture() {
    local precision=$1 least=$2 got
    piece "the sample in $precision" $srk upscale "$sample" -o "$work/$precision.png" --device "$device" --precision "$precision" --compare "$work/cpu.png" --json --quiet || return
    got=$(tail -n 1 "$report" | sed -n 's/.*"psnr":\(null\|[0-9.]*\).*/\1/p')
    # null: infinitely many, every byte is the same.
    if [ "$got" != null ] && ! awk -v got="${got:-0}" -v least="$least" 'BEGIN { exit !(got >= least) }'; then
        failures=$((failures + 1))
        say "FAILED: expected a picture within $least dB of the processor's, got ${got:-no} dB"
    fi
    line "\"part\":\"$part\",\"precision\":\"$precision\",\"psnr\":${got:-null},\"least\":$least"
}

# ---- The parts.

part_device() {
    piece "devices" $srk devices
    if [[ $device == cuda:* ]] && command -v nvidia-smi >/dev/null; then
        piece "nvidia-smi" nvidia-smi --query-gpu=name,driver_version,compute_cap,clocks.max.sm,clocks.max.memory,memory.total,power.limit,pcie.link.gen.current --format=csv
    fi
    line "\"part\":\"device\",\"device\":$(quoted "$found"),\"revision\":$(quoted "$(revision)"),\"cpus\":$(nproc)"
}

part_conformance() {
    tests conformance "every conformance kernel and every operation$([[ $device == cuda:* ]] && echo ', as our PTX and as ILGPU'"'"'s')" compiler_tests \
        '(FullyQualifiedName~ConformanceTests.Agrees|FullyQualifiedName~OpAgreementTests|FullyQualifiedName~CudaDeviceTests|FullyQualifiedName~RealCudaTests)'
}

# The tests of ops, without those that look at text, plans or the processor alone.
op_tests='FullyQualifiedName~SRKernels.Tests.Kernels.'
for left_out in VectorWidth Allocation ShippedKernel IlgpuCpuOp IlgpuSpelling KernelLanguage TilePlan ArenaPlan Gemm BankConflicts GpuProgramTests; do
    op_tests+="&FullyQualifiedName!~$left_out"
done

part_ops() { tests ops "every op against plain loops, in fp32, tf32, bf16 and fp16" model_tests "($op_tests)"; }

part_pictures() {
    local precision
    tests chains "golden chains and blocks, tensor by tensor" model_tests \
        '(FullyQualifiedName~MatchesUpstream_OnDevices|FullyQualifiedName~SwinBlockTests|FullyQualifiedName~AttentionBlockTests|FullyQualifiedName~DeviceNoiseTests)'
    piece "the sample on the processor" $srk upscale "$sample" -o "$work/cpu.png" --device cpu --json --quiet || return
    for precision in "${precisions[@]}"; do picture "$precision" "$([ "$precision" = fp32 ] && echo 50 || echo 40)"; done
}

part_bench() {
    local precision all
    all=$(IFS=, && echo "${precisions[*]}")
    piece "ops of the full model, verified and timed" $srk bench "${ops[@]}" --device "$device" --precision "$all" --lines "$lines"
}

part_runs() {
    local all
    all=$(IFS=, && echo "${precisions[*]}")
    piece "whole runs" $srk bench --run "$model" --size "$side" --steps "$steps" --device "$device" --precision "$all" --lines "$lines"
}

part_ilgpu() {
    [[ $device == cuda:* ]] || { say "left out: no CUDA device" && return; }
    SRKERNELS_ONLY=ilgpu:cuda tests ilgpu "ops through ILGPU's binding and compiler" model_tests "($op_tests)&(FullyQualifiedName~MatchesReference|FullyQualifiedName~Close|FullyQualifiedName~SameBytes)"
    piece "some of the ops on ilgpu:$device" $srk bench "${ops[@]:---quick}" --device "ilgpu:$device" --precision fp32,bf16 --lines "$lines"
    piece "whole runs on ilgpu:$device" $srk bench --run "$model" --size "$side" --steps 4 --device "ilgpu:$device" --precision fp32,bf16 --lines "$lines"
}

part_torch() {
    local peers=$here/peers
    [ -d "$peers" ] || peers=$here/../benchmarks/peers
    if [[ $device != cuda:* ]] || ! timeout 60 python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
        say "left out: no PyTorch with CUDA in python3"
        line '"part":"torch","status":"left out"'
        return
    fi
    # The rival's own trouble (an old version, a compiler that takes its time) is no failure of ours.
    local before=$failures
    piece "PyTorch on the same GPU" python3 "$peers/resshift_gpu.py" --lines "$lines"
    failures=$before
    ratios
}

# Ours beside PyTorch's best of the same precision, out of this run's lines.
ratios() {
    awk -v q='"' '
        function text(name,    at) { at = index($0, q name q ":" q); if (!at) return ""; rest = substr($0, at + length(name) + 4); return substr(rest, 1, index(rest, q) - 1) }
        function number(name,    at) { at = index($0, q name q ":"); return at ? substr($0, at + length(name) + 3) + 0 : 0 }
        text("run") == "realsr" && text("device") !~ /ILGPU/ { ours[text("precision") " " number("steps")] = number("runMilliseconds") }
        text("torch") != "" { key = text("precision") " " number("steps"); ms = number("runMilliseconds"); if (!(key in theirs) || ms < theirs[key]) { theirs[key] = ms; how[key] = text("how") } }
        END { for (key in theirs) if (key in ours) printf "%s steps: ours %.2f ms, PyTorch %.2f ms (%s), ratio %.2f\n", key, ours[key], theirs[key], how[key], ours[key] / theirs[key] }
    ' "$lines" | sort | tee -a "$report"
}

# ---- The run.

# Its line in the list of devices.
find_device() {
    local list
    list=$($srk devices) || fail "expected a list of devices, got an srk that does not start ($srk devices)"
    awk -v device="$device" '$1 == device { print; found = 1 } END { exit !found }' <<<"$list" ||
        fail "expected $device to be there, got $(awk '{ printf "%s%s", separator, $1; separator = ", " } $2 == "none" { printf " none" }' <<<"$list"); for cuda:0 run this where 'nvidia-smi' lists a GPU"
}

# Before anything is built: where the driver's library is missing there is no GPU to check.
has_driver() {
    local path folders=${LD_LIBRARY_PATH:-}
    ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1' || [ -e /usr/lib/wsl/lib/libcuda.so.1 ] && return
    for path in ${folders//:/ }; do [ -e "$path/libcuda.so.1" ] && return; done
    return 1
}

revision() { cat "$here/revision" 2>/dev/null || git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

device=cuda:0 quick=0 name='' sample='' folder=gpu-report minutes=8 filter=''
only=()
while [ $# -gt 0 ]; do
    case $1 in
        --bundle | --device | --ops | --sample | --only | --minutes | --tests) [ -n "${2:-}" ] || fail "expected a value after $1, got none; see the head of this script" ;;&
        --bundle)
            bundle "$work"
            tar -C "$work" -cf - gpu-check | gzip -9 >"$2" || fail "$2 could not be written"
            echo "gpu-check: $2 ($(du -h "$2" | cut -f1)); unpack it beside a GPU and run gpu-check/gpu-check.sh"
            exit 0
            ;;
        --device) device=$2 ;;
        --ops) name=$2 ;;
        --sample) sample=$2 ;;
        --tests) filter=$2 ;;
        --minutes) minutes=$2 ;;
        --only) [ -n "${share[$2]:-}" ] && only+=("$2") || fail "expected --only ${parts[*]}, got '$2'" ;;
        --quick) quick=1 ;;
        -*) fail "expected a folder or an option, got '$1'; see the head of this script" ;;
        *) folder=$1 ;;
    esac
    case $1 in --device | --ops | --sample | --only | --minutes | --tests) shift ;; esac
    shift
done
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "expected --minutes and a number, got '$minutes'"
case $device in
    cuda:0) has_driver || fail "expected an NVIDIA GPU with its driver, got no libcuda.so.1; run this where 'nvidia-smi' lists one, or rehearse with --device opencl:0" ;;
    opencl:*) ;;
    *) fail "expected --device cuda:0 or opencl:N, got '$device'; another GPU becomes cuda:0 by CUDA_VISIBLE_DEVICES" ;;
esac
ops=(${name:+"$name"})
precisions=(fp32 tf32 bf16 fp16) model=realsr side=64 steps=4,15
if [ "$quick" -eq 1 ]; then
    precisions=(fp32 bf16) model=tiny side=32 steps=4
    [ -n "$name" ] || ops=(--quick)
fi
sample=${sample:+$(realpath "$sample")}
mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || fail "$folder cannot be made"
report=$folder/report.txt lines=$folder/report.jsonl

if [ -x "$here/app/srk" ]; then
    srk=$here/app/srk model_tests=$here/app/SRKernels.Tests compiler_tests=$here/app/SRKernels.Compiler.Tests
    sample=${sample:-$here/scene.png}
else
    command -v dotnet >/dev/null || fail "expected the .NET 10 SDK on PATH, got none; install it, or make a bundle where it is (--bundle)"
    cd "$here/.." || exit 1
    [ "${SRKERNELS_NO_BUILD:-}" = 1 ] || dotnet build SRKernels.sln -c Release -nodeReuse:false </dev/null >"$work/build.log" 2>&1 || {
        tail -n 20 "$work/build.log" >&2
        fail "the build broke"
    }
    built() { echo "dotnet exec $1/bin/Release/net10.0/$2.dll"; }
    srk=$(built src/SRKernels.Cli srk) model_tests=$(built kernels-tests/SRKernels.Tests SRKernels.Tests)
    compiler_tests=$(built kernels-tests/SRKernels.Compiler.Tests SRKernels.Compiler.Tests)
    sample=${sample:-tools/samples/scene.png}
fi
found=$(find_device) || exit 1
: >"$report" && : >"$lines" || fail "$folder cannot be written"
make_quietly
# Nothing is left on the machine but the report, and nothing compiled for it before helps.
export SRKERNELS_CACHE=$work/cache SRKERNELS_ONLY=${device%%:*}
case $device in
    cuda:*) say "SRKernels on a GPU, $(date -u +%Y-%m-%d), revision $(revision)" ;;
    *) say "SRKernels, a rehearsal on $device (no GPU), $(date -u +%Y-%m-%d), revision $(revision)" ;;
esac
say "$found"
for part in "${parts[@]}"; do
    [ "${#only[@]}" -eq 0 ] || [[ " ${only[*]} " == *" $part "* ]] || continue
    part_end=$(awk -v now="$SECONDS" -v share="${share[$part]}" -v minutes="$minutes" 'BEGIN { s = int(share * minutes / 8 + 0.5); print now + (s < 1 ? 1 : s) }')
    say "" && say "==== $part"
    "part_$part"
done
# In a checkout with NVIDIA's assembler: what had been predicted, to set beside; beyond the minutes, and of no account.
if [[ $device == cuda:* && ! -x $here/app/srk && ${#only[@]} -eq 0 ]] && tools/get_ptxas.sh </dev/null >/dev/null 2>&1; then
    part=predicted part_end=$((SECONDS + 600)) before=$failures
    piece "the timing model's predictions, not validated" $srk kernels --report --run ops
    piece "the timing model's predictions of whole runs" $srk kernels --report --run realsr
    failures=$before
fi
say ""
say "gpu-check: $failures failed after $SECONDS s, report in $folder"
line "\"failed\":$failures,\"seconds\":$SECONDS"
[ "$failures" -eq 0 ]
