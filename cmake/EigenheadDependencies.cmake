# Dependencies: an installed package first; otherwise a pinned release is downloaded (needs internet).
include(FetchContent)

# Header-only projects are not configured, only unpacked: their targets are imported here by hand, so
# that they are SYSTEM and may be named in our export set.
function(eigenhead_fetch_headers name repository tag target include_folder)
  message(STATUS "eigenhead: ${target} is not installed, downloading ${tag}")
  # A SOURCE_SUBDIR without CMakeLists.txt keeps MakeAvailable from adding the project.
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW TRUE
                       SOURCE_SUBDIR no-such-folder)
  FetchContent_MakeAvailable(${name})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE "${${name}_SOURCE_DIR}/${include_folder}")
endfunction()

function(eigenhead_fetch_project name repository tag)
  message(STATUS "eigenhead: ${name} is not installed, downloading ${tag}")
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW TRUE)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
  set(INSTALL_GTEST OFF)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  FetchContent_MakeAvailable(${name})
endfunction()

macro(eigenhead_need_eigen)
  # No version in find_package: Eigen's own version file makes 3.4 refuse 5.x.
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 CONFIG QUIET)
  endif()
  if(NOT TARGET Eigen3::Eigen)
    eigenhead_fetch_headers(eigen https://gitlab.com/libeigen/eigen.git 3.4.0 Eigen3::Eigen .)
  elseif(Eigen3_VERSION AND Eigen3_VERSION VERSION_LESS 3.4)
    message(FATAL_ERROR "eigenhead: Eigen must be at least 3.4; got ${Eigen3_VERSION} in ${Eigen3_DIR}")
  endif()
endmacro()

macro(eigenhead_need_json)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json CONFIG QUIET)
  endif()
  if(NOT TARGET nlohmann_json::nlohmann_json)
    eigenhead_fetch_headers(nlohmann_json https://github.com/nlohmann/json.git v3.11.3
                            nlohmann_json::nlohmann_json include)
  endif()
endmacro()

macro(eigenhead_need_cli11)
  if(NOT TARGET CLI11::CLI11)
    find_package(CLI11 CONFIG QUIET)
  endif()
  if(NOT TARGET CLI11::CLI11)
    eigenhead_fetch_headers(cli11 https://github.com/CLIUtils/CLI11.git v2.4.2 CLI11::CLI11 include)
  endif()
endmacro()

macro(eigenhead_need_googletest)
  if(NOT TARGET GTest::gmock)
    find_package(GTest CONFIG QUIET)
  endif()
  if(NOT TARGET GTest::gmock)
    eigenhead_fetch_project(googletest https://github.com/google/googletest.git v1.14.0)
  endif()
endmacro()

macro(eigenhead_need_benchmark)
  if(NOT TARGET benchmark::benchmark_main)
    find_package(benchmark CONFIG QUIET)
  endif()
  if(NOT TARGET benchmark::benchmark_main)
    eigenhead_fetch_project(benchmark https://github.com/google/benchmark.git v1.8.3)
  endif()
endmacro()
