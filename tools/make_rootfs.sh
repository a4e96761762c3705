#!/usr/bin/env bash
# make_rootfs.sh PROGRAM FOLDER [SYSROOT]: a root file system with the program, the libraries it is linked with, certificates
# and one user, and nothing else: no shell, no package manager. SYSROOT: where a cross-built arm64 program's libraries are.
set -euo pipefail
[[ $# -eq 2 || $# -eq 3 ]] || { echo "usage: make_rootfs.sh PROGRAM FOLDER [SYSROOT]" >&2; exit 2; }
readonly PROGRAM="$1" ROOT="$2" SYSROOT="${3:-}"
readonly USER_ID=10001

mkdir -p "$ROOT"/{etc/ssl/certs,usr/bin,usr/lib,data,tmp}
# Debian's layout: /lib and /lib64 are links.
ln -sfn usr/lib "$ROOT/lib"
ln -sfn usr/lib "$ROOT/lib64"
install -m 755 "$PROGRAM" "$ROOT/usr/bin/samovar"
"${SYSROOT:+aarch64-linux-gnu-}strip" "$ROOT/usr/bin/samovar"

# What ldd prints, of a program that this machine may not be able to run by itself.
list_libraries() {
  if [[ -z "$SYSROOT" ]]; then
    ldd "$PROGRAM"
  else
    qemu-aarch64 -L "$SYSROOT" "$SYSROOT/lib/ld-linux-aarch64.so.1" --list "$PROGRAM"
  fi
}

# It names every library, the loader last. Each goes under the name it is looked for by, without version links.
list_libraries | awk '$2 == "=>" {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
  install -D -m 755 "$(readlink -f "$SYSROOT${library#"$SYSROOT"}")" "$ROOT/usr/lib/$(basename "$library")"
done
# poppler hands text over through iconv, whose UTF-16LE is a module of glibc's.
libc="$(list_libraries | awk '$1 == "libc.so.6" {print $3}')"
gconv="$(dirname "$(readlink -f "$SYSROOT${libc#"$SYSROOT"}")")/gconv"
install -D -m 755 "$gconv/UTF-16.so" "$ROOT${gconv#"$SYSROOT"}/UTF-16.so"
grep -E 'UTF-?16(LE)?//' "$gconv/gconv-modules" >"$ROOT${gconv#"$SYSROOT"}/gconv-modules"
# The loader looks in /lib/<triplet> and /usr/lib/<triplet> first, then in /lib and /usr/lib.
cp /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/"
mkdir -p "$ROOT/usr/lib/ssl"
ln -sfn /etc/ssl/certs "$ROOT/usr/lib/ssl/certs"

printf 'samovar:x:%d:%d:Samovar:/data:/nonexistent\n' $USER_ID $USER_ID >"$ROOT/etc/passwd"
printf 'samovar:x:%d:\n' $USER_ID >"$ROOT/etc/group"
chown $USER_ID:$USER_ID "$ROOT/data"
chmod 1777 "$ROOT/tmp"
