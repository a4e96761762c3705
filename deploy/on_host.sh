# The part of deploy/install.sh that runs on the machine, as root: bash -s -- FUNCTION [ARGUMENT...]
set -euo pipefail

readonly PLACE=/opt/samovar DATA=/var/lib/samovar CONFIG=/etc/samovar
readonly WAIT_S="${SAMOVAR_WAIT_S:-60}" UNIT=/etc/systemd/system/samovar.service

say() { printf '%s\n' "$*"; }

# The new settings are kept beside the old ones until the server is healthy with them.
use_settings() {
  [[ -e $CONFIG/environment ]] && cp -p $CONFIG/environment $CONFIG/environment.before
  mv $CONFIG/environment.new $CONFIG/environment
}
restore_settings() {
  if [[ -e $CONFIG/environment.before ]]; then mv $CONFIG/environment.before $CONFIG/environment; fi
}

# A program that looks out of the service's root.
program() { chroot "$PLACE/current" /usr/bin/samovar "$@"; }

is_healthy() { # PORT PROGRAM...: within WAIT_S
  local port="$1" i
  shift
  for ((i = 0; i < WAIT_S; ++i)); do
    "$@" health "http://127.0.0.1:$port/healthz" --insecure >/dev/null 2>&1 && return 0
    "$@" health "https://127.0.0.1:$port/healthz" --insecure >/dev/null 2>&1 && return 0
    sleep 1
  done
  return 1
}

has_version() { [[ -x "$PLACE/versions/$1/usr/bin/samovar" ]]; }

# systemd takes no link for the root of a service.
use_version() { # versions/ID
  ln -sfn "$1" $PLACE/current
  mkdir -p $UNIT.d
  printf '[Service]\nRootDirectory=%s/%s\n' $PLACE "$1" >$UNIT.d/version.conf
  systemctl daemon-reload
  systemctl restart samovar
}

start_service() { # VERSION PORT
  local before
  getent passwd samovar >/dev/null || useradd --system --home-dir $DATA --shell /usr/sbin/nologin samovar
  install -d -o samovar -g samovar -m 700 $DATA
  chown root:samovar $CONFIG && chmod 750 $CONFIG
  [[ -e "$CONFIG/samovar.toml" ]] || install -o root -g samovar -m 640 /dev/null $CONFIG/samovar.toml
  if ! has_version "$1"; then
    mkdir -p $PLACE/versions
    # Places for what the service's own view of the machine has.
    mkdir -p $PLACE/incoming/{etc/samovar,etc/letsencrypt,dev,proc,sys,run,var/tmp}
    touch $PLACE/incoming/etc/resolv.conf $PLACE/incoming/etc/hosts
    mv $PLACE/incoming "$PLACE/versions/$1"
  fi
  before="$(readlink $PLACE/current || true)"
  use_settings
  use_version "versions/$1"
  systemctl enable -q samovar
  if is_healthy "$2" program; then
    remove_old "versions/$1" "$before"
    say "version $1 is healthy"
    return
  fi
  journalctl -u samovar -n 20 --no-pager || true
  restore_settings
  if [[ -z "$before" ]]; then
    systemctl stop samovar || true
    say "Error: Samovar did not become healthy within $WAIT_S s (see above)" >&2
    exit 1
  fi
  use_version "$before"
  say "Error: version $1 did not become healthy within $WAIT_S s (see above); ${before#versions/} is back" >&2
  exit 1
}

# All versions but the one in use and the one before it.
remove_old() {
  local folder
  for folder in "$PLACE"/versions/*; do
    case "versions/${folder##*/}" in "$1" | "$2") ;; *) rm -rf --one-file-system "$folder" ;; esac
  done
}

pull_with_systemd() {
  local -x OLLAMA_HOST=http://127.0.0.1:11434
  program list | awk 'NR > 1 {print $1}' | grep -qxF "$1" || program pull "$1"
}

uninstall_systemd() { # PURGE
  systemctl disable --now samovar 2>/dev/null || true
  rm -rf $UNIT $UNIT.d
  systemctl daemon-reload
  rm -rf --one-file-system $PLACE
  if [[ -n "${1:-}" ]]; then
    rm -rf --one-file-system $DATA $CONFIG
    userdel samovar 2>/dev/null || true
  fi
  say "Samovar is gone${1:+, with its conversations and models}"
}

# Images are called by what they are: names move.
has_image() { docker image inspect "sha256:$1" >/dev/null 2>&1 || docker image inspect "$1" >/dev/null 2>&1; }

start_container() { # IMAGE PORT
  local address before=""
  use_settings
  docker rm -f samovar-before >/dev/null 2>&1 || true
  if docker inspect samovar >/dev/null 2>&1; then
    before="$(docker inspect --format '{{.Image}}' samovar)"
    docker stop -t 40 samovar >/dev/null
    docker rename samovar samovar-before
  fi
  sed -e 's/^SAMOVAR_HOST=.*/SAMOVAR_HOST=0.0.0.0/' -e 's/^SAMOVAR_PORT=.*/SAMOVAR_PORT=8000/' $CONFIG/environment >$CONFIG/container
  address="$(sed -n 's/^SAMOVAR_HOST=//p' $CONFIG/environment)"
  if docker run -d --name samovar --restart=always --env-file $CONFIG/container -p "$address:$2:8000" \
    -v samovar:/data -v samovar-models:/models --read-only --tmpfs /tmp --cap-drop=ALL \
    --security-opt=no-new-privileges --stop-timeout 40 "$1" >/dev/null &&
    is_healthy 8000 docker exec samovar samovar; then
    docker rm samovar-before >/dev/null 2>&1 || true
    docker tag "$1" samovar:latest
    remove_old_images "$1" "$before"
    say "image $1 is healthy"
    return
  fi
  docker logs --tail 20 samovar 2>&1 || true
  docker rm -f samovar >/dev/null 2>&1 || true
  restore_settings
  if [[ -z "$before" ]]; then
    say "Error: image $1 did not become healthy within $WAIT_S s (see above)" >&2
    exit 1
  fi
  docker rename samovar-before samovar
  docker start samovar >/dev/null
  say "Error: image $1 did not become healthy within $WAIT_S s (see above); ${before:7:12} is back" >&2
  exit 1
}

# The one in use and the one before it stay.
remove_old_images() { # IMAGE BEFORE
  local kept="$CONFIG/image.before" oldest
  oldest="$(cat "$kept" 2>/dev/null || true)"
  [[ "${2:7:12}" == "$1" ]] && return 0
  printf '%s\n' "$2" >"$kept"
  if [[ -n "$oldest" && "$oldest" != "$2" && "${oldest:7:12}" != "$1" ]]; then
    docker image rm "$oldest" >/dev/null 2>&1 || true
  fi
}

pull_with_docker() {
  docker exec samovar samovar list | awk 'NR > 1 {print $1}' | grep -qxF "$1" || docker exec samovar samovar pull "$1"
}

uninstall_docker() { # PURGE
  local image
  image="$(docker inspect --format '{{.Image}}' samovar 2>/dev/null || true)"
  docker rm -f samovar samovar-before >/dev/null 2>&1 || true
  for image in "$image" "$(cat $CONFIG/image.before 2>/dev/null || true)"; do
    [[ -z "$image" ]] || docker image rm -f "$image" >/dev/null 2>&1 || true
  done
  rm -f $CONFIG/image.before
  if [[ -n "${1:-}" ]]; then
    docker volume rm samovar samovar-models >/dev/null 2>&1 || true
    rm -rf --one-file-system $CONFIG
  fi
  say "Samovar is gone${1:+, with its conversations and models}"
}

"$@"
