#!/usr/bin/env bash
# image_tools.sh ARCHITECTURE: in the image's build, installs what building for that architecture (Docker's name; empty:
# this machine's) needs. For another than this machine's: cross compiler, emulator and libraries in /sysroot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh
readonly HERE="$(dpkg --print-architecture)"
readonly TARGET="${1:-$HERE}"

install_build_packages
if [[ "$TARGET" != "$HERE" ]]; then
  [[ "$HERE-$TARGET" == amd64-arm64 ]] || fail "an image for $TARGET can be built on $TARGET only, not on $HERE"
  install_packages "to build for $TARGET" g++-aarch64-linux-gnu qemu-user
  tools/arm64_sysroot.sh /sysroot
fi
rm -rf /var/lib/apt/lists/*
