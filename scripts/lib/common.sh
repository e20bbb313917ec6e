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

# header_of LIBRARY: a header by which it is found.
header_of() {
  case $1 in
    eigen) echo Eigen/Core ;;
    json) echo nlohmann/json.hpp ;;
    googletest) echo gmock/gmock.h ;;
    benchmark) echo benchmark/benchmark.h ;;
    cli11) echo CLI/CLI.hpp ;;
    onednn) echo oneapi/dnnl/dnnl.hpp ;;
    *) return 1 ;;
  esac
}

# folder_of LIBRARY: the folder of its headers: of CMAKE_PREFIX_PATH, or where packages install them.
folder_of() {
  local header prefix folder prefixes=${CMAKE_PREFIX_PATH:-}
  header=$(header_of "$1") || die "unknown need $1"
  for prefix in ${prefixes//:/ } /usr/local /usr /opt/homebrew; do
    for folder in "$prefix/include" "$prefix/include/eigen3"; do
      if [ -e "$folder/$header" ]; then echo "$folder" && return; fi
    done
  done
  return 1
}

# system_flags FOLDER...: compiler flags for the headers of others. /usr/include is searched anyway, and
# naming it breaks the #include_next of the standard library.
system_flags() {
  local folder
  for folder in "$@"; do
    if [ "$folder" != /usr/include ]; then printf -- '-isystem %s ' "$folder"; fi
  done
}

# library_flags LIBRARY...: the same for libraries, where CMake is not at hand to find them.
library_flags() {
  local library folder
  for library in "$@"; do
    folder=$(folder_of "$library") || die "no folder has $(header_of "$library"); set CMAKE_PREFIX_PATH to where $library is"
    system_flags "$folder"
  done
}

cmake_is_new() {
  cmake --version | awk 'NR == 1 { split($3, part, ".") } END { exit !(part[1] > 3 || (part[1] == 3 && part[2] >= 21)) }'
}

# python_with MODULE: a Python that has it; the first in PATH need not be the system's.
python_with() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import $1" 2>/dev/null; then echo "$python" && return; fi
  done
  return 1
}

# npm_module FOLDER PACKAGE VERSION: fetches it into FOLDER/node_modules unless it is there. No install scripts: those
# of onnxruntime-node fetch libraries for GPUs.
npm_module() {
  [ ! -d "$1/node_modules/$2" ] || return 0
  command -v npm >/dev/null || die 'please install Node.js first'
  mkdir -p "$1"
  npm install --silent --no-fund --no-audit --ignore-scripts --prefix "$1" "$2@$3"
}

# build_peer SOURCE PROGRAM LIBRARY...: a program of one file, for measuring.
build_peer() {
  echo "building $(basename "$2") ..." >&2
  # shellcheck disable=SC2046  # flags are words
  ${CXX:-c++} -std=c++17 -O2 -DNDEBUG -I"$root/include" -I"$root/bench" $(library_flags "${@:3}") "$1" -pthread -o "$2"
}

# What each need is: is_there NEED, and its packages with apt_package and brew_package.
is_there() {
  case $1 in
    compiler) command -v "${CXX:-c++}" >/dev/null ;;
    cmake) command -v cmake >/dev/null && cmake_is_new ;;
    g++ | clang++ | ninja | clang-format | clang-tidy | pkg-config | git | python3) command -v "$1" >/dev/null ;;
    scikit-learn) python_with sklearn >/dev/null ;;
    time) [ -x /usr/bin/time ] || command -v gtime >/dev/null ;;
    *) folder_of "$1" >/dev/null ;;
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
    onednn) echo libdnnl-dev ;;
    # Without OpenBLAS, NumPy is a hundred times slower, and a comparison means nothing.
    scikit-learn) echo python3-sklearn libopenblas0-pthread ;;
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

# install_packages NEED...: with apt-get or brew; does nothing where neither is, or for want of rights.
install_packages() {
  local packages='' as_root='' one
  if command -v apt-get >/dev/null; then
    for one in "$@"; do packages="$packages $(apt_package "$one")"; done
    if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then return; fi
    echo "installing:$packages"
    $as_root apt-get update -qq &&
      $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
  elif command -v brew >/dev/null; then
    for one in "$@"; do packages="$packages $(brew_package "$one")"; done
    echo "installing:$packages"
    brew install --quiet $packages
  fi
}

# need NEED...: installs what is missing. What then still is: programs are named and end the script,
# libraries are left to CMake, which also looks elsewhere and can download them.
need() {
  local missing='' programs='' libraries='' one
  for one in "$@"; do is_there "$one" || missing="$missing $one"; done
  if [ -n "$missing" ]; then
    install_packages $missing || true
    for one in $missing; do
      if is_there "$one"; then continue; fi
      if header_of "$one" >/dev/null; then libraries="$libraries $one"; else programs="$programs $one"; fi
    done
    programs=${programs/ cmake/ cmake (3.21 or newer)}
    [ -z "$programs" ] || die "please install these first:$programs"
    [ -z "$libraries" ] || echo "not installed:$libraries; CMake will look elsewhere or download them" >&2
  fi
  # The packages of cmake only recommend make.
  if [ -z "${CMAKE_GENERATOR:-}" ] && command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
}

# configure PRESET [cmake arguments]: silent unless it fails. Needs are installed by the caller.
configure() {
  local preset=$1 log=$root/build/$1.configure.log
  shift
  mkdir -p "$root/build"
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
