#!/usr/bin/env bash
# Writes every project's packages.lock.json anew: what a restore takes, package by package with its hash. Run it after a change of packages or of project references and commit the files.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 CI=
dotnet restore SRKernels.sln --force-evaluate -nodeReuse:false </dev/null
