# Language, warnings and hardening for every target. Hardening flags are probed:
# what the compiler does not know is left out, never assumed.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

# What Linux alone has is in files of its own (NAME_linux.c, NAME_plain.c beside it); another system gets the plain ones.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  option(MXS_PLAIN "Build without what Linux alone has, as for another POSIX system" OFF)
else()
  option(MXS_PLAIN "Build without what Linux alone has, as for another POSIX system" ON)
endif()

include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
                    -Wpointer-arith -Wundef -Wwrite-strings -Wformat=2 -fno-strict-aliasing)
option(MXS_WERROR "Warnings are errors" OFF)
if(MXS_WERROR)
  add_compile_options(-Werror)
endif()

set(MXS_SANITIZE "" CACHE STRING "Sanitizers: empty, address, or thread")
if(MXS_SANITIZE STREQUAL "address")
  # The tests start such programs by the ten thousand. With gcc undefined behaviour is a trap, which AddressSanitizer tells
  # with its stack (ASAN_OPTIONS=handle_sigill=1): a record of each place that may go wrong would be 3.6 MB of data and 3/4 of
  # what is relocated, a quarter of a start. clang, which builds the fuzz targets, says what it was.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fsanitize-undefined-trap-on-error)
  else()
    add_link_options(-fsanitize=undefined)
  endif()
elseif(MXS_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

# tests/fuzz: libFuzzer's coverage counters in every room.
option(MXS_FUZZ "Build tests/fuzz with libFuzzer (clang, with MXS_SANITIZE=address)" OFF)
if(MXS_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang" OR NOT MXS_SANITIZE STREQUAL "address")
    message(FATAL_ERROR "MXS_FUZZ needs -DCMAKE_C_COMPILER=clang -DMXS_SANITIZE=address")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

function(mxs_probe_compile FLAG)
  string(MAKE_C_IDENTIFIER "MXS_HAS${FLAG}" HAVE)
  check_c_compiler_flag("${FLAG}" ${HAVE})
  if(${HAVE})
    add_compile_options("${FLAG}")
  endif()
endfunction()
function(mxs_probe_link FLAG)
  string(MAKE_C_IDENTIFIER "MXS_HAS${FLAG}" HAVE)
  check_linker_flag(C "${FLAG}" ${HAVE})
  if(${HAVE})
    add_link_options("${FLAG}")
  endif()
endfunction()

# The same program whatever folder it is built in, also one with a blank in its name, which a probe would not take.
check_c_compiler_flag(-ffile-prefix-map=a=b MXS_HAS_FILE_PREFIX_MAP)
if(MXS_HAS_FILE_PREFIX_MAP)
  add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
endif()

# A debug build links some 150 programs, nearly all of them tests: gold, where it is installed, takes a third of the time.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  mxs_probe_link(-fuse-ld=gold)
endif()
mxs_probe_compile(-fstack-protector-strong)
mxs_probe_compile(-fstack-clash-protection)
mxs_probe_compile(-fcf-protection=full)
mxs_probe_link(-Wl,-z,relro)
mxs_probe_link(-Wl,-z,now)
mxs_probe_link(-Wl,-z,noexecstack)
if(NOT MXS_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-U_FORTIFY_SOURCE)
  mxs_probe_compile(-D_FORTIFY_SOURCE=3)
endif()
