#!/usr/bin/env bash
# Tries set-up as a stranger would: makes a bare Debian 12 root, copies the committed tree into it and runs
# ./run --build-only there, then the default model's fetch. Needs root, mmdebstrap and a reachable Debian mirror.
#
#   tools/bare_root.sh [FOLDER]     FOLDER (default: a new one under /var/tmp) gets the root and is kept
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Mounts of its own: whatever ends this script, none is left on the machine.
[[ -n "${SAMOVAR_OWN_MOUNTS:-}" || $EUID -ne 0 ]] || SAMOVAR_OWN_MOUNTS=1 exec unshare -m "$PWD/tools/bare_root.sh" "$@"

[[ $EUID -eq 0 ]] || { echo "error: needs root (mmdebstrap, mount, chroot)" >&2; exit 1; }
command -v mmdebstrap >/dev/null || apt-get install -y --no-install-recommends mmdebstrap

base="${1:-$(mktemp -d /var/tmp/samovar-root-XXXXXX)}"
root="$base/root"
mkdir -p "$base"

if [[ ! -e "$root/etc/debian_version" ]]; then
  mmdebstrap --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --include=usr-is-merged,ca-certificates bookworm "$root"
fi
cp /etc/resolv.conf "$root/etc/"
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"

# The host's certificates, also after apt rebuilds its own bundle: the host may sit behind a proxy with its own.
cp /etc/ssl/certs/ca-certificates.crt "$root/usr/local/share/host-certificates.pem"
mkdir -p "$root/etc/ca-certificates/update.d"
printf '#!/bin/sh\ncp /usr/local/share/host-certificates.pem /etc/ssl/certs/ca-certificates.crt\n' \
  >"$root/etc/ca-certificates/update.d/zz-host"
chmod +x "$root/etc/ca-certificates/update.d/zz-host"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

rm -rf "$root/src"
mkdir "$root/src"
git archive HEAD | tar -x -C "$root/src"

in_root() {
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt bash -c "$1"
}

begun=$SECONDS
in_root 'cd /src && ./run --build-only'
echo "built in $((SECONDS - begun)) s" >&2
# A whole ./run: fetches the model and serves until the time is up, which is success.
in_root 'cd /src && timeout --signal=TERM 60 ./run --port 18000 --api-port 18001' || [[ $? -eq 124 || $? -eq 143 ]]
begun=$SECONDS
in_root 'cd /src && ./run --build-only'
echo "a second ./run --build-only took $((SECONDS - begun)) s" >&2
echo "root kept in $root" >&2
