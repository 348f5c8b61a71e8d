# SPDX-License-Identifier: Apache-2.0
# How every target is compiled: C++20, warnings are errors, sanitizers by option.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(LANDFAST_FUZZ "Build the libFuzzer targets" OFF)
option(LANDFAST_BENCH "Build the benchmarks" OFF)
set(LANDFAST_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
  -fno-strict-aliasing -fstack-protector-strong -D_FORTIFY_SOURCE=0)
if(LANDFAST_SANITIZE)
  add_compile_options(-fsanitize=${LANDFAST_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LANDFAST_SANITIZE})
endif()
add_link_options(-fuse-ld=lld)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
