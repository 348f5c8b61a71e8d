# SPDX-License-Identifier: Apache-2.0
# How every target is compiled: C++20, warnings are errors, sanitizers by option.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(LANDFAST_FUZZ "Build the libFuzzer targets" OFF)
option(LANDFAST_BENCH "Build the benchmarks" OFF)
option(LANDFAST_PRELUDE "Compile the common headers once (cmake/prelude.h), and inline little" OFF)
set(LANDFAST_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wreserved-identifier
  -Werror
  -fno-strict-aliasing -fstack-protector-strong -D_FORTIFY_SOURCE=0)
if(LANDFAST_SANITIZE)
  add_compile_options(-fsanitize=${LANDFAST_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LANDFAST_SANITIZE})
endif()
add_link_options(-fuse-ld=lld)

if(LANDFAST_PRELUDE)
  # A third of each compilation was inlining, which the tests do not need.
  add_compile_options("SHELL:-mllvm -inline-threshold=10")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # What a precompiled header needs: https://ccache.dev/manual/4.7.5.html#_precompiled_headers
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

# landfast_prelude(TARGET): its sources are compiled with the common headers ready.
if(LANDFAST_PRELUDE)
  file(WRITE ${CMAKE_BINARY_DIR}/prelude.cpp "")
  add_library(prelude STATIC ${CMAKE_BINARY_DIR}/prelude.cpp)
  # Where only a comment has changed ccache gives back the one of before, and clang then says that a
  # header has another size than the precompiled one knows.
  set_target_properties(prelude PROPERTIES CXX_COMPILER_LAUNCHER "")
  target_compile_options(prelude PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_include_directories(prelude PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_precompile_headers(prelude PRIVATE ${CMAKE_SOURCE_DIR}/cmake/prelude.h)
endif()

function(landfast_prelude target)
  if(TARGET prelude)
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${target} REUSE_FROM prelude)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL EXECUTABLE)  # a library's -fPIC, which the common headers are compiled with
      set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
      target_compile_options(${target} PRIVATE -fPIC)
    endif()
  endif()
endfunction()
