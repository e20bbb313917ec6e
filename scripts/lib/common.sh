# Shared by the scripts; sourced, never run. Works with bash 3.2, which macOS has.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$cores}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$cores}

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# has_header FILE: whether a folder where packages install headers has it.
has_header() {
  local folder
  for folder in /usr/include /usr/include/eigen3 /usr/local/include /usr/local/include/eigen3 \
    /opt/homebrew/include /opt/homebrew/include/eigen3; do
    [ -e "$folder/$1" ] && return 0
  done
  return 1
}

# What each need is: is_there NEED, and its packages with apt_package and brew_package.
is_there() {
  case $1 in
    compiler) command -v "${CXX:-c++}" >/dev/null ;;
    g++ | clang++ | cmake | ninja | clang-format | clang-tidy | pkg-config | git | python3) command -v "$1" >/dev/null ;;
    time) [ -x /usr/bin/time ] || command -v gtime >/dev/null ;;
    eigen) has_header Eigen/Core ;;
    json) has_header nlohmann/json.hpp ;;
    googletest) has_header gtest/gtest.h && has_header gmock/gmock.h ;;
    benchmark) has_header benchmark/benchmark.h ;;
    cli11) has_header CLI/CLI.hpp ;;
    *) die "unknown need $1" ;;
  esac
}

apt_package() {
  case $1 in
    compiler) echo g++ ;;
    clang++) echo clang ;;
    ninja) echo ninja-build ;;
    eigen) echo libeigen3-dev ;;
    json) echo nlohmann-json3-dev ;;
    googletest) echo libgtest-dev libgmock-dev ;;
    benchmark) echo libbenchmark-dev ;;
    cli11) echo libcli11-dev ;;
    *) echo "$1" ;;
  esac
}

brew_package() {
  case $1 in
    compiler | g++) echo gcc ;;
    clang++) echo llvm ;;
    json) echo nlohmann-json ;;
    benchmark) echo google-benchmark ;;
    time) echo gnu-time ;;
    *) echo "$1" ;;
  esac
}

# need NEED...: installs what is missing with apt-get or brew; elsewhere names it and ends.
need() {
  local missing='' packages='' one
  for one in "$@"; do is_there "$one" || missing="$missing $one"; done
  [ -z "$missing" ] && return 0
  if command -v apt-get >/dev/null; then
    for one in $missing; do packages="$packages $(apt_package "$one")"; done
    local as_root=''
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo >/dev/null || die "missing packages, and no sudo to install them:$packages"
      as_root=sudo
    fi
    echo "installing:$packages"
    $as_root apt-get update -qq &&
      $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
  elif command -v brew >/dev/null; then
    for one in $missing; do packages="$packages $(brew_package "$one")"; done
    echo "installing:$packages"
    brew install --quiet $packages
  else
    die "please install these first:$missing"
  fi
}

# configure PRESET [cmake arguments]: silent unless it fails. Needs are installed by the caller.
configure() {
  local preset=$1 log=$root/build/$1.configure.log
  shift
  mkdir -p "$root/build"
  if [ -z "${CMAKE_GENERATOR:-}" ] && command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
  (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1 || {
    cat "$log" >&2
    die "configuring $preset failed"
  }
}

# build PRESET [cmake --build arguments]: prints what the compiler says, but no list of files.
build() {
  local preset=$1 log=$root/build/$1.build.log
  shift
  echo "building in build/$preset ..."
  (cd "$root" && cmake --build --preset "$preset" "$@") >"$log" 2>&1 || {
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" >&2 || true
    die "building $preset failed"
  }
}

# escape_html: stands between any text and a page.
escape_html() {
  sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g' -e "s/'/\&#39;/g"
}

# Stages: each runs in a subshell, so that `set -e` and die() end only the stage; the others still run.
stage_names=()
stage_results=()
failed_stages=0
stage() {
  local name=$1 begin=$SECONDS result=ok status
  shift
  printf '\n== %s\n' "$name"
  # Not `if (...)`: a condition switches set -e off inside.
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  if [ $status -ne 0 ]; then
    result=FAILED
    failed_stages=$((failed_stages + 1))
  fi
  stage_names+=("$name")
  stage_results+=("$(printf '%-6s %5d s' "$result" $((SECONDS - begin)))")
}

stage_table() {
  local i
  printf '\n%-44s %s\n' stage 'result    time'
  for ((i = 0; i < ${#stage_names[@]}; ++i)); do
    printf '%-44s %s\n' "${stage_names[$i]}" "${stage_results[$i]}"
  done
}
