#!/usr/bin/env bash
# Makes all packages and the tool srk in one folder: tools/pack.sh FOLDER [further arguments of dotnet pack]
#   tools/pack.sh packages -p:Version=0.2.0 -p:RepositoryUrl=https://...
# The same sources give the same assemblies: paths of this machine are not in them. SRKERNELS_NO_BUILD=1 packs what the last build left, as it is.
set -euo pipefail
if [ $# -lt 1 ] || [[ "$1" == -* ]]; then
    echo "pack.sh: expected a folder for the packages, got ${1:-nothing}; try tools/pack.sh packages" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
options=(-c "${CONFIGURATION:-Release}" -nodeReuse:false -v quiet -o "$folder")
if [ "${SRKERNELS_NO_BUILD:-}" = 1 ]; then options+=(--no-build); else export CI=true; fi
for project in tools/SRKernels.Packages src/SRKernels.Cli; do
    dotnet pack "$project" "${options[@]}" "$@" </dev/null
done
ls -l "$folder" | awk 'NR > 1 { print $5, $9 }'
