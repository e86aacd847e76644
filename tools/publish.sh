#!/usr/bin/env bash
# Makes srk for people without .NET: one archive for Linux x64 that is unpacked anywhere and run.
#
#   tools/publish.sh [--levels "v2 v3 v4"] [FOLDER]    writes FOLDER/srk-VERSION-linux-x64.tar.xz (FOLDER: artifacts/publish) and prints its size
#
# In it: srk, which starts programs/srk-x86-64-LEVEL, the natively compiled program for this processor's level; the shipped weights; licence and notices.
# --levels: which to compile; fewer are for trying out, the last one then serves every processor.
# Needs the .NET SDK and gcc. src/SRKernels.Cli/Native/NativeBuild.cs says what a native srk has not.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

fail() {
    echo "publish: $*" >&2
    exit 1
}

levels="v2 v3 v4"
if [ "${1:-}" = --levels ]; then
    [ -n "${2:-}" ] || fail "expected levels of x86-64 after --levels, got none; name some of v2, v3, v4"
    levels=$2
    shift 2
fi
for level in $levels; do case $level in v2 | v3 | v4) ;; *) fail "expected levels of x86-64, got '$level'; name some of v2, v3, v4" ;; esac; done
folder=${1:-artifacts/publish}
command -v dotnet >/dev/null || fail "expected the .NET 10 SDK on PATH, got none; install it"
command -v xz >/dev/null || fail "expected xz, got none; install xz-utils"
command -v gcc >/dev/null || fail "expected gcc, which links native programs, got none; install it"

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name=srk-$version-linux-x64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
programs=$work/$name/programs
mkdir -p "$programs" "$folder"
for level in $levels; do
    dotnet publish src/SRKernels.Cli/SRKernels.Cli.csproj -c Release -r linux-x64 -p:SrkNative=true -p:IlcInstructionSet="x86-64-$level" -m:1 -nodeReuse:false \
        -o "$work/$level" </dev/null >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2 && fail "srk could not be compiled for x86-64-$level"; }
    ! grep -E 'warning (IL|CS|NETSDK)' "$work/log" >&2 || fail "expected no warning about trimming or native code, got these"
    mv "$work/$level/srk" "$programs/srk-x86-64-$level"
done
mv "$work/$level/weights" "$programs/"
mv "$work/$level/LICENSE" "$work/$level/THIRD-PARTY-NOTICES.md" "$work/$level/dotnet" "$work/$name/"
if [ "$levels" = "v2 v3 v4" ]; then
    cp tools/publishing/srk "$work/$name/srk"
else
    ln -s "programs/srk-x86-64-$level" "$work/$name/srk"
fi
cp CHANGELOG.md "$work/$name/"
# The same bytes for the same programs: no names, times or order of this machine. xz: the programs share most of their data, which gzip's window is too small to see.
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" | xz -9 >"$folder/$name.tar.xz"
echo "publish: $folder/$name.tar.xz, $(stat -c %s "$folder/$name.tar.xz") bytes"
for program in "$programs"/srk-*; do echo "publish: ${program##*/}, $(stat -c %s "$program") bytes"; done
