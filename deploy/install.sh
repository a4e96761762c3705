#!/usr/bin/env bash
# install.sh [OPTION...] [USER@]HOST: puts Samovar on a machine that can be reached with ssh, or updates it there.
# Run it again to update: when the new version does not become healthy, the earlier one goes on.
set -euo pipefail

usage() {
  cat <<TEXT
Usage: deploy/install.sh [OPTION...] [USER@]HOST

Builds Samovar here if that is needed, puts it on HOST and starts it there. Asks for passwords as ssh does; the user
must be root or may use sudo. HOST needs nothing but Linux with systemd, or Docker; 4 GB of memory for the usual model.

  --docker           as a container (the default where HOST has Docker)
  --systemd          as a systemd service (the default elsewhere)
  --model NAME       pulled on HOST if it is not there; default: gemma2:2b; none: none
  --port PORT        of the page; default: 8000
  --host ADDRESS     to listen on; default: 0.0.0.0
  --set KEY=VALUE    a line for the service's environment, such as SAMOVAR_TLS_CERT=...; may be repeated
  --program FILE     this built program instead of building one here
  --image NAME       with --docker: this built image instead of building one here
  --wait SECONDS     for it to become healthy before the earlier version comes back; default: 60
  --ssh OPTION       an option for ssh, such as "-p 2222" or "-i KEY"; may be repeated
  --uninstall        removes it from HOST; conversations and models stay
  --purge            with --uninstall: they go too
TEXT
}

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf 'Error: %s\n' "$*" >&2; exit 1; }

kind="" program="" image="" wait_s=60 model=gemma2:2b port=8000 host=0.0.0.0 target="" action=install purge=""
settings=() ssh_options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --docker | --systemd) kind="${1#--}" ;;
    --model | --port | --host | --set | --ssh | --program | --image | --wait)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      case "$1" in
        --model) model="$2" ;;
        --port) port="$2" ;;
        --host) host="$2" ;;
        --program) program="$(readlink -f "$2")" ;;
        --image) image="$2" ;;
        --wait) wait_s="$2" ;;
        --set) [[ "$2" == *=* ]] || fail "--set $2: expected KEY=VALUE"; settings+=("$2") ;;
        --ssh) read -ra words <<<"$2"; ssh_options+=("${words[@]}") ;;
      esac
      shift ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "unknown option $1 (see --help)" ;;
    *) [[ -z "$target" ]] || fail "one machine at a time: $target, $1"; target="$1" ;;
  esac
  shift
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -n "$target" ]] || { usage >&2; exit 2; }
[[ "$port" =~ ^[0-9]+$ && "$port" -ge 1 && "$port" -le 65535 ]] || fail "--port $port: expected a number from 1 to 65535"
[[ "$wait_s" =~ ^[0-9]+$ && "$wait_s" -ge 1 ]] || fail "--wait $wait_s: expected a number of seconds"

# One connection for everything, so that a password is asked for once.
work="$(mktemp -d)"
trap 'ssh -O exit -o ControlPath="$work/ssh" "$target" 2>/dev/null || true; rm -rf "$work"' EXIT
remote() {
  ssh -o ControlMaster=auto -o ControlPath="$work/ssh" -o ControlPersist=60 -o ConnectTimeout=15 "${ssh_options[@]}" \
    "$target" "$@"
}

say "looking at $target"
facts="$(remote 'echo "$(id -u) $(uname -m) $(command -v docker >/dev/null && echo docker) $(test -d /run/systemd/system && echo systemd)"')" ||
  fail "$target cannot be reached with ssh (see above)"
read -r uid machine facilities <<<"$facts"
root="" # what makes a command root's
if [[ "$uid" != 0 ]]; then
  root="sudo -n"
  remote 'sudo -n true' 2>/dev/null || fail "the user of $target is not root and may not use sudo without a password"
fi
[[ "$machine" == "$(uname -m)" ]] || fail "$target is a $machine machine, this one builds for $(uname -m): run this on a $machine machine"
if [[ -z "$kind" ]]; then
  [[ " $facilities " == *" docker "* ]] && kind=docker || kind=systemd
fi
[[ " $facilities " == *" $kind "* ]] || fail "$target has no $kind"

# run_there FUNCTION [ARGUMENT...]: runs a part of deploy/on_host.sh there, as root.
run_there() {
  remote "$root env SAMOVAR_WAIT_S=$wait_s bash -s -- $(printf '%q ' "$@")" <deploy/on_host.sh
}

if [[ "$action" == uninstall ]]; then
  run_there "uninstall_$kind" "$purge"
  exit
fi

environment_text() {
  printf 'SAMOVAR_HOST=%s\nSAMOVAR_PORT=%s\nSAMOVAR_API_HOST=127.0.0.1\n' "$host" "$port"
  [[ ${#settings[@]} -eq 0 ]] || printf '%s\n' "${settings[@]}"
}
environment_text | remote "$root sh -c 'umask 077; mkdir -p /etc/samovar && cat >/etc/samovar/environment.new'"

if [[ "$kind" == systemd ]]; then
  if [[ -z "$program" ]]; then
    say "building"
    ./run --build-only
    program=build/release/samovar
  fi
  tools/make_rootfs.sh "$program" "$work/root"
  version="$(find "$work/root" -type f -exec sha256sum {} + | sed "s|$work||" | sort | sha256sum | cut -c1-12)"
  say "sending version $version"
  if ! run_there has_version "$version"; then
    tar -C "$work/root" --owner=0 --group=0 -czf - . | remote "$root sh -c 'rm -rf /opt/samovar/incoming && mkdir -p /opt/samovar/incoming && tar -xzf - -C /opt/samovar/incoming'"
  fi
  remote "$root sh -c 'cat >/etc/systemd/system/samovar.service'" <deploy/samovar.service
  run_there start_service "$version" "$port"
else
  if [[ -z "$image" ]]; then
    say "building the image"
    image=samovar:install # a name of its own: `samovar` may be another one here
    docker build -q --build-arg MODEL=none -t "$image" .
  fi
  version="$(docker image inspect --format '{{.Id}}' "$image" | cut -c8-19)" || fail "there is no image $image here"
  say "sending image $version"
  run_there has_image "$version" || docker save "$image" | gzip -1 | remote "$root sh -c 'gunzip | docker load -q'"
  run_there start_container "$version" "$port"
fi
[[ "$model" == none ]] || run_there "pull_with_$kind" "$model"
say "Samovar is on http://${target#*@}:$port"
