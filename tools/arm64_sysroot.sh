#!/usr/bin/env bash
# arm64_sysroot.sh FOLDER [PACKAGE...]: unpacks the arm64 libraries that the program links (and PACKAGEs) into FOLDER,
# for the cross compiler and for qemu-aarch64 -L. The machine's own packages, its list of architectures and its apt
# settings stay as they are: apt runs with a state of its own inside FOLDER. No root needed; Debian, because there
# one mirror serves every architecture. Prints nothing when FOLDER is complete.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh
[[ $# -ge 1 ]] || { echo "usage: arm64_sysroot.sh FOLDER [PACKAGE...]" >&2; exit 2; }
root="$1" # relative to the repository
shift

readonly WANTED=(libc6-dev "${BUILD_PACKAGES[@]}" "$@")
stamp="$(printf '%s\n' "${WANTED[@]}" | sha256sum | cut -c1-16)"
[[ "$(cat "$root/.complete" 2>/dev/null)" == "$stamp" ]] && exit 0

say "fetching the arm64 libraries into $root"
rm -rf --one-file-system "$root"
mkdir -p "$root/usr/lib" "$root/.apt"/{state/lists/partial,cache/archives/partial}
root="$(cd "$root" && pwd)"
ln -s usr/lib "$root/lib"
touch "$root/.apt/status"
cat >"$root/.apt/apt.conf" <<TEXT
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Dir::State "$root/.apt/state";
Dir::State::status "$root/.apt/status";
Dir::Cache "$root/.apt/cache";
TEXT
export APT_CONFIG="$root/.apt/apt.conf" DEBIAN_FRONTEND=noninteractive
# A list that has no arm64 part is no reason to stop; a package that is missing is.
apt-get -q update >"$root/.apt/log" 2>&1 || true

# Only libraries: tools run on this machine, and the compiler brings its own C++ library.
packages=()
for wanted in "${WANTED[@]}"; do
  for name in ${wanted//|/ }; do
    if [[ "$name" == *-dev ]] && apt-cache show "$name" >/dev/null 2>&1; then
      packages+=("$name")
      break
    fi
  done
done
[[ ${#packages[@]} -gt 1 ]] || fail "apt knows no arm64 packages: its sources have none (see $root/.apt/log)"
apt-get -q -y -o Dpkg::Use-Pty=0 install --download-only "${packages[@]}" >>"$root/.apt/log" 2>&1 ||
  { tail -n 20 "$root/.apt/log" >&2; fail "the arm64 packages could not be fetched (see above)"; }
for package in "$root"/.apt/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
done
# Links that start at / would lead out of the folder.
find "$root/usr/lib" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfnr "$root$(readlink "$link")" "$link"
done
rm -rf "$root/.apt"
echo "$stamp" >"$root/.complete"
