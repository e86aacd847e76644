#!/usr/bin/env bash
# Runs the OpenCL side of the conformance suite on oclgrind, an OpenCL device that checks every access: out of bounds, races of work items,
# uninitialised values, divergent barriers, wrong API calls. Slow, so tools/test.sh calls it only with SRKERNELS_OCLGRIND=1.
# Installs Debian's oclgrind where it may (as root, with apt). Ends with 1 if a test fails or oclgrind reports anything.
#
#   tools/check_oclgrind.sh [FILTER]     FILTER: further condition on the tests' names, e.g. 'DisplayName~Groups'
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
fail() { echo "check_oclgrind: $*" >&2; exit 1; }

runtime() {
    local file
    for file in /usr/lib/oclgrind/liboclgrind-rt-icd.so /usr/lib/*/oclgrind/liboclgrind-rt-icd.so /usr/local/lib/liboclgrind-rt-icd.so; do
        [ -f "$file" ] && { echo "$file"; return; }
    done
}

if [ -z "$(runtime)" ] && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends oclgrind; } </dev/null >/dev/null 2>&1
fi
icd=$(runtime)
[ -n "$icd" ] || fail "expected oclgrind's liboclgrind-rt-icd.so, got none; install Debian's oclgrind"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$icd" >"$work/oclgrind.icd"
# The runtime is loaded as a driver, by the ICD loader: the oclgrind command preloads it instead, which dlopen does not see.
export OCL_ICD_VENDORS="$work" OPENCL_VENDOR_PATH="$work"
export OCLGRIND_LOG="$work/log" OCLGRIND_DATA_RACES=1 OCLGRIND_UNINITIALIZED=1 OCLGRIND_CHECK_API=1 OCLGRIND_MAX_ERRORS=1000
# The text as it stands: oclgrind 21.10 lacks some of what clang's optimiser writes (funnel shifts) and divides its narrowed integers wrongly.
export OCLGRIND_BUILD_OPTIONS=-cl-opt-disable
project=kernels-tests/SRKernels.Compiler.Tests
if [ "${SRKERNELS_NO_BUILD:-}" != 1 ] && ! dotnet build "$project" -c Release -nodeReuse:false </dev/null >"$work/build" 2>&1; then
    tail -n 20 "$work/build"
    fail "the build broke"
fi
# By the file: for a project, MSBuild would read the filter.
run() { dotnet test "$project/bin/Release/net10.0/SRKernels.Compiler.Tests.dll" --filter "$1" </dev/null; }

run FullyQualifiedName~OfRacingWritesOneWins >"$work/race" 2>&1 || { cat "$work/race"; fail "expected the test of a race to pass"; }
grep -qi 'data race' "$work/log" 2>/dev/null || fail "expected oclgrind to report the race of OfRacingWritesOneWins, got nothing; it does not check here"
rm -f "$work/log"

filter='FullyQualifiedName~ConformanceTests.Agrees&DisplayName~OpenCL'
run "$filter${1:+&$1}"
status=$?
if [ -s "$work/log" ]; then
    cat "$work/log"
    fail "expected no report of oclgrind, got $(grep -c . "$work/log") lines"
fi
[ "$status" -eq 0 ] || fail "expected every test to pass, got exit code $status"
echo "check_oclgrind: clean"
