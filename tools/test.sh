#!/usr/bin/env bash
# Builds everything and runs all tests. The last line says how it went: "N passed, N failed, N skipped", alone.
# Installs what some tests need (an OpenCL device, PyTorch and Pillow to compare with) where it may: as root on a Debian with apt.
# Without them those tests are skipped, each with its reason. SRKERNELS_LONG=1 runs the long fuzzing and a rehearsal of tools/gpu-check.sh on OpenCL,
# SRKERNELS_OCLGRIND=1 also the OpenCL side of the conformance suite on oclgrind (tools/check_oclgrind.sh; minutes).
# Further arguments go to the test programs: --filter 'FullyQualifiedName~Conv2d' as with dotnet test, and all that "dotnet exec SRKernels.Tests.dll -?" lists, as -class 'SRKernels.Tests.Cli.*'.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

packages=(pocl-opencl-icd ocl-icd-libopencl1 python3-torch libopenblas0-pthread python3-pil python3-numpy)

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "test.sh: no apt here: tests that compare with PyTorch, Pillow or OpenCL are skipped unless they find them"
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "test.sh: not root; for the tests that are skipped: sudo apt-get install ${missing[*]}"
        return
    fi
    echo "test.sh: installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } </dev/null >"$logs/apt.log" 2>&1; then
        echo "test.sh: apt-get failed, the tests that need these packages are skipped; its last words:"
        tail -n 3 "$logs/apt.log"
    fi
}

# One test program; what it says comes with its name before each line. Its counters are in a file that it writes at its end.
run_tests() {
    local name=$1 status
    shift
    # Where it was built, as always: what a test leaves in its folder by mistake is then no file of the checkout.
    (cd "kernels-tests/$name/bin/Release/net10.0" && exec dotnet exec "$name.dll" -noLogo -noColor -preEnumerateTheories -result-trx "$logs/$name.trx" "$@") </dev/null 2>&1 | sed -u "s/^/$name: /"
    status=${PIPESTATUS[0]}
    if [ ! -s "$logs/$name.trx" ]; then
        echo "test.sh: $name ended with $status before its tests did; counted as one that failed"
        touch "$logs/$name.crashed"
        [ "$status" -ne 0 ] || status=1
    fi
    return "$status"
}

# Adds up a counter of the programs that came to their end.
count() {
    cat "$logs"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | grep -o "\b$1=\"[0-9]*\"" | grep -o '[0-9]*' |
        awk '{ sum += $1 } END { print sum + 0 }'
}

finish() {
    local total passed failed skipped
    total=$(count total) passed=$(count passed) failed=$(count failed)
    skipped=$((total > passed + failed ? total - passed - failed : 0))
    failed=$((failed + $(find "$logs" -name '*.crashed' | wc -l)))
    # A run that broke before or between its tests is a failure, whatever the tests said.
    [ "$1" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
    local status=0
    [ "$failed" -ne 0 ] && status=1
    [ "$total" -eq 0 ] && status=1
    rm -rf "$logs"
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$status"
}

if ! command -v dotnet >/dev/null; then
    echo "test.sh: no dotnet on PATH: install the .NET 10 SDK"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

arguments=()
for argument in "$@"; do
    case $argument in
        --filter) arguments+=(-filterVSTest) ;;
        --filter=*) arguments+=(-filterVSTest "${argument#*=}") ;;
        *) arguments+=("$argument") ;;
    esac
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
install_packages
if [ -x tools/get_ptxas.sh ]; then
    tools/get_ptxas.sh </dev/null || echo "test.sh: no ptxas; the tests that assemble PTX are skipped"
fi

dotnet build SRKernels.sln -c Release -nodeReuse:false </dev/null || finish 1
run_tests SRKernels.Tests "${arguments[@]}" &
first=$!
run_tests SRKernels.Compiler.Tests "${arguments[@]}"
status=$?
wait "$first" || status=1
if [ "${SRKERNELS_LONG:-}" = 1 ]; then
    if dotnet src/SRKernels.Cli/bin/Release/net10.0/srk.dll devices </dev/null | grep -q '^opencl:0 '; then
        SRKERNELS_NO_BUILD=1 tools/gpu-check.sh --device opencl:0 --quick "$logs/gpu-report" </dev/null || status=1
    else
        echo "test.sh: no OpenCL device; gpu-check is not rehearsed"
    fi
fi
if [ "${SRKERNELS_OCLGRIND:-}" = 1 ]; then
    SRKERNELS_NO_BUILD=1 tools/check_oclgrind.sh </dev/null || status=1
fi
finish $status
