# SPDX-License-Identifier: Apache-2.0
# Debian's packages as targets, linked statically so that the program needs nothing but glibc.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)

function(landfast_archive target)
  cmake_parse_arguments(A "" "" "LIBS;AFTER" ${ARGN})
  add_library(${target} INTERFACE)
  foreach(lib IN LISTS A_LIBS)
    find_library(LIB_${lib} NAMES lib${lib}.a REQUIRED)
    target_link_libraries(${target} INTERFACE ${LIB_${lib}})
  endforeach()
  target_link_libraries(${target} INTERFACE ${A_AFTER})
endfunction()

landfast_archive(crypto_static LIBS crypto AFTER Threads::Threads ${CMAKE_DL_LIBS})
landfast_archive(ssl_static LIBS ssl AFTER crypto_static)
landfast_archive(yaml_static LIBS yaml)
landfast_archive(sqlite_static LIBS sqlite3 AFTER Threads::Threads ${CMAKE_DL_LIBS} m)
landfast_archive(sodium_static LIBS sodium)
landfast_archive(zstd_static LIBS zstd)

find_library(BOOST_JSON_ARCHIVE NAMES libboost_json.a REQUIRED)
add_library(boost_json INTERFACE)
target_link_libraries(boost_json INTERFACE ${BOOST_JSON_ARCHIVE})

# Debian has no libfmt.a: fmt's one source is compiled here from its own header.
file(WRITE ${CMAKE_BINARY_DIR}/fmt_static.cpp "#include <fmt/format-inl.h>\n"
  "FMT_BEGIN_NAMESPACE\nnamespace detail {\n"
  "template FMT_API auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;\n"
  "template FMT_API auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;\n"
  "template FMT_API auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;\n"
  "template FMT_API auto decimal_point_impl(locale_ref) -> char;\n"
  "template FMT_API void buffer<char>::append(const char*, const char*);\n"
  "template FMT_API locale_ref::locale_ref(const std::locale& loc);\n"
  "template FMT_API auto locale_ref::get<std::locale>() const -> std::locale;\n"
  "template FMT_API void vformat_to(buffer<char>&, string_view, "
  "basic_format_args<FMT_BUFFER_CONTEXT(char)>, locale_ref);\n}\nFMT_END_NAMESPACE\n")
add_library(fmt_static STATIC ${CMAKE_BINARY_DIR}/fmt_static.cpp)
target_compile_options(fmt_static PRIVATE -w)

add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(asio INTERFACE Threads::Threads)

add_library(cli11 INTERFACE)
