# Sourced by ./run and ./test: what both need before they can build. Every step says what it does and
# does nothing when there is nothing to do.
# shellcheck shell=bash

readonly SAMOVAR_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/samovar"
readonly DEFAULT_MODEL="smollm2:135m"

# `a|b` means either will do; the first that apt knows is installed.
readonly BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config ca-certificates
  "libboost1.81-dev|libboost-dev" libcurl4-openssl-dev libssl-dev nlohmann-json3-dev libspdlog-dev
  libcli11-dev libpcre2-dev libedit-dev libsqlite3-dev libpq-dev libsodium-dev
  libtomlplusplus-dev zlib1g-dev libpoppler-cpp-dev
)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Prints those of the packages named that are missing, one to a line.
missing_packages() {
  local wanted names name found
  local -A installed=()
  while read -r name; do installed["$name"]=1; done < <(
    # shellcheck disable=SC2046
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(tr '|' '\n' <<<"${*// /$'\n'}") 2>/dev/null |
      sed -n 's/^installed //p'
  )
  for wanted in "$@"; do
    IFS='|' read -ra names <<<"$wanted"
    found=""
    for name in "${names[@]}"; do
      [[ -n "${installed[$name]:-}" ]] && found=1
    done
    [[ -z "$found" ]] && printf '%s\n' "$wanted"
  done
  return 0
}

# install_packages WHY PACKAGE...: installs with apt what is missing of the packages.
install_packages() {
  local why="$1"
  shift
  command -v dpkg-query >/dev/null ||
    fail "this script installs with apt, and this is not a Debian or Ubuntu system; install the equivalents of: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -eq 0 ]] && return 0

  local as_root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || fail "missing packages (${missing[*]}): run as root, or install them first"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} package(s) with apt, $why: ${missing[*]}"
  [[ $EUID -ne 0 ]] && say "sudo may ask for your password"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update || fail "apt-get update failed (see above)"
  local wanted name chosen=()
  for wanted in "${missing[@]}"; do
    for name in ${wanted//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then
        chosen+=("$name")
        break
      fi
    done
    [[ -n "${name:-}" && " ${chosen[*]} " == *" $name "* ]] || fail "apt knows no package $wanted"
  done
  "${apt[@]}" install --no-install-recommends "${chosen[@]}" || fail "apt-get install failed (see above)"
}

# Everything that the build and the model's fetch need, in one go. Node and pip from elsewhere do as well.
install_build_packages() {
  local packages=("${BUILD_PACKAGES[@]}" "$@")
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    packages+=(nodejs npm)
  fi
  python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
  install_packages "to build Samovar and fetch its model" "${packages[@]}"
  local major
  major="$(node -p 'process.versions.node.split(".")[0]')"
  [[ "$major" -ge 18 ]] || fail "the page needs Node 18 or newer; 'node' here is $(node --version)"
}

# One compiler per core, but no more than the memory carries: a Beast file takes about 1 GB.
build_jobs() {
  local cores memory_gb
  cores="$(nproc)"
  memory_gb="$(awk '/^MemAvailable:/ {print int($2 / 1000000)}' /proc/meminfo)"
  [[ "$memory_gb" -lt 1 ]] && memory_gb=1
  echo $((cores < memory_gb ? cores : memory_gb))
}

# SHA-256 over names and contents of everything the page is made from.
page_hash() {
  find web \( -name node_modules -o -path web/dist \) -prune -o -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

install_page_modules() {
  local lock_hash
  lock_hash="$(sha256sum web/package-lock.json | cut -d' ' -f1)"
  if [[ "$(cat web/node_modules/.samovar-lock 2>/dev/null)" != "$lock_hash" ]]; then
    say "fetching the page's npm packages"
    (cd web && npm ci --no-audit --no-fund --loglevel=http) || fail "npm ci failed (see above)"
    echo "$lock_hash" >web/node_modules/.samovar-lock
  fi
}

# Builds web/dist unless it was built from the very same sources.
build_page() {
  local hash
  hash="$(page_hash)"
  [[ -f web/dist/index.html && "$(cat build/page.stamp 2>/dev/null)" == "$hash" ]] && return 0
  install_page_modules
  say "building the chat page"
  (cd web && npm run build) || fail "the page did not build (see above)"
  mkdir -p build
  echo "$hash" >build/page.stamp
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset="$1"
  shift
  say "building $preset with $(build_jobs) job(s)"
  cmake --preset "$preset" >"build/cmake-$preset.log" 2>&1 ||
    { cat "build/cmake-$preset.log" >&2; fail "cmake --preset $preset failed"; }
  cmake --build --preset "$preset" -j "$(build_jobs)" ${1:+--target "$@"} || fail "the build failed (see above)"
}
