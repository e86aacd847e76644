#!/usr/bin/env bash
# Puts NVIDIA's own assembler (ptxas) and disassembler (nvdisasm) into a cache folder and prints the folder that holds
# them. They need no GPU; the tests use them to check our PTX, the product never does. They come from one Debian package,
# nvidia-cuda-toolkit of the non-free component, fetched with apt from the mirror that this machine already uses; its
# dependencies are not needed and the system's own sources stay as they are. Nothing of it is ever committed.
#
#   tools/get_ptxas.sh [DIR]      DIR defaults to ${XDG_CACHE_HOME:-$HOME/.cache}/srkernels/cuda
set -euo pipefail

dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/srkernels/cuda}
package=nvidia-cuda-toolkit

# The package keeps some tools in usr/bin and some in usr/lib/nvidia-cuda-toolkit/bin; both end up linked in DIR/bin.
ready() { [[ -x $dir/bin/ptxas && -x $dir/bin/nvdisasm ]] && "$dir/bin/ptxas" --version >/dev/null 2>&1; }

if ready; then echo "$dir/bin"; exit 0; fi
fail() { echo "get_ptxas: $*" >&2; exit 1; }
for tool in apt-get apt-config dpkg dpkg-deb; do
    command -v "$tool" >/dev/null || fail "expected a Debian system, got none ('$tool' is missing); install CUDA's \
ptxas yourself and set SRKERNELS_CUDA_BIN to its folder"
done
arch=$(dpkg --print-architecture)
[[ $arch == amd64 ]] || fail "expected an amd64 machine, got $arch; set SRKERNELS_CUDA_BIN to a folder with ptxas"

# The mirror, suite and keyring of the machine's main component (deb822 or one-line form), with non-free instead.
sources=$(cat /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
if [[ -n $sources ]]; then
    mirror=$(awk '$1 == "URIs:" { print $2; exit }' <<<"$sources")
    suite=$(awk '$1 == "Suites:" { print $2; exit }' <<<"$sources")
    keyring=$(awk '$1 == "Signed-By:" { print $2; exit }' <<<"$sources")
else
    read -r mirror suite < <(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null \
        | sed -E 's/\[[^]]*\]//' | awk '$1 == "deb" && $4 == "main" { print $2, $3; exit }') || true
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
fi
[[ -n ${mirror:-} && -n ${suite:-} ]] || fail "expected a Debian mirror in /etc/apt, got none; set SRKERNELS_CUDA_BIN"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$dir"
signed=''
[[ -n ${keyring:-} ]] && signed="[signed-by=$keyring]"
echo "deb $signed $mirror $suite non-free" >"$work/sources.list"
options=(
    -o "Dir::Etc::sourcelist=$work/sources.list" -o "Dir::Etc::sourceparts=$work/parts"
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache::archives=$work/archives"
    -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o "APT::Sandbox::User=root" -o "Acquire::Languages=none"
)
echo "get_ptxas: fetching $package from $mirror $suite non-free" >&2
(
    cd "$work"
    apt-get "${options[@]}" -qq update >&2
    apt-get "${options[@]}" -qq download "$package" >&2
)
dpkg-deb -x "$work"/${package}_*.deb "$work/unpacked"

# Only the two tools and what they load are kept: the rest of the toolkit is 200 MB nobody here needs.
mkdir -p "$dir/bin"
for tool in ptxas nvdisasm; do
    found=$(find "$work/unpacked" -type f -name "$tool" | head -n 1)
    [[ -n $found ]] || fail "expected $tool in package $package, got none; this Debian release is not known to the script"
    install -m 755 "$found" "$dir/bin/$tool.partial"
    mv -f "$dir/bin/$tool.partial" "$dir/bin/$tool"
done
mkdir -p "$dir/doc"
find "$work/unpacked/usr/share/doc" -name copyright -exec cp {} "$dir/doc/" \; 2>/dev/null || true
ready || fail "expected a ptxas that runs in $dir/bin, got one that does not"
echo "$dir/bin"
