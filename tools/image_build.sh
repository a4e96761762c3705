#!/usr/bin/env bash
# image_build.sh ARCHITECTURE FOLDER: after image_tools.sh, builds the program for that architecture, lays the image's root
# file system out in FOLDER, and leaves build/program, which runs the program on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh
readonly TARGET="${1:-$(dpkg --print-architecture)}"

mkdir -p build
if [[ "$TARGET" == "$(dpkg --print-architecture)" ]]; then
  ./run --build-only
  ln -sfn release/samovar build/program
  tools/make_rootfs.sh build/release/samovar "$2"
else
  export SAMOVAR_ARM64_SYSROOT=/sysroot
  build_page
  build_preset arm64-release samovar
  printf '#!/bin/sh\nexec qemu-aarch64 -L /sysroot %s "$@"\n' "$PWD/build/arm64-release/samovar" >build/program
  chmod +x build/program
  tools/make_rootfs.sh build/arm64-release/samovar "$2" /sysroot
fi
