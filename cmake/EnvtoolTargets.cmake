# The kinds of target this project has, and the settings they share.
include(CheckCXXSourceRuns)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)

add_library(envtool_settings INTERFACE)
target_compile_features(envtool_settings INTERFACE cxx_std_20)
target_compile_options(envtool_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# GCC 12 sees overlapping copies in std::string's own operators (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(envtool_settings INTERFACE -Wno-restrict)
endif()
target_include_directories(envtool_settings INTERFACE "${PROJECT_SOURCE_DIR}")
# Tables full of pointers take as long to relocate as some commands run: packed they are read faster, if linker and libc know how.
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-z,pack-relative-relocs)
check_cxx_source_runs("int x; int* volatile pointer = &x; int main() { return pointer == &x ? 0 : 1; }" ENVTOOL_PACKS_RELOCATIONS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
if(ENVTOOL_PACKS_RELOCATIONS)
  target_link_options(envtool_settings INTERFACE -Wl,-z,pack-relative-relocs)
endif()
if(ENVTOOL_SANITIZE)
  target_compile_options(envtool_settings INTERFACE -fsanitize=${ENVTOOL_SANITIZE} -fno-sanitize-recover=all
                                               -fno-omit-frame-pointer)
  target_link_options(envtool_settings INTERFACE -fsanitize=${ENVTOOL_SANITIZE})
  # What GCC's sanitizers add makes it see uninitialized members of std::variant.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(envtool_settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# envtool_library(NAME SOURCES files... [NEEDS libraries...] [THIRD_PARTY targets...])
# NEEDS names folders of envtool/ and is public; THIRD_PARTY is private to the library's own .cc files.
function(envtool_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS;THIRD_PARTY" ${ARGN})
  add_library(envtool_${name} STATIC ${ARG_SOURCES})
  add_library(envtool::${name} ALIAS envtool_${name})
  target_link_libraries(envtool_${name} PUBLIC envtool_settings fmt::fmt-header-only Threads::Threads)
  foreach(need IN LISTS ARG_NEEDS)
    target_link_libraries(envtool_${name} PUBLIC envtool::${need})
  endforeach()
  target_link_libraries(envtool_${name} PRIVATE ${ARG_THIRD_PARTY})
endfunction()

# envtool_loads(LIBRARY PACKAGE)
# The library takes the headers of a pkg-config package, and loads the package's shared library when it first calls one of its
# functions (base/library.h): ENVTOOL_LIBGIT2 is what the dynamic linker calls that of libgit2.
function(envtool_loads library package)
  pkg_check_modules(${package} REQUIRED ${package})
  list(GET ${package}_LINK_LIBRARIES 0 file)
  execute_process(COMMAND "${CMAKE_READELF}" --dynamic --wide "${file}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  if(NOT dynamic MATCHES "soname: \\[([^]]+)\\]")
    message(FATAL_ERROR "${file}, the library of ${package}, is no shared library")
  endif()
  string(TOUPPER ${package} name)
  target_compile_definitions(envtool_${library} PRIVATE ENVTOOL_${name}="${CMAKE_MATCH_1}")
  target_include_directories(envtool_${library} SYSTEM PRIVATE ${${package}_INCLUDE_DIRS})
endfunction()

# envtool_program(NAME SOURCES files... [NEEDS libraries...] [THIRD_PARTY targets...])
function(envtool_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS;THIRD_PARTY" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE envtool_settings ${ARG_THIRD_PARTY})
  foreach(need IN LISTS ARG_NEEDS)
    target_link_libraries(${name} PRIVATE envtool::${need})
  endforeach()
  if(NOT ENVTOOL_SANITIZE)
    # Loading the C++ library would be half of what a command of a millisecond or two takes. fmt is in headers for that: shared, it
    # would bring the C++ library along.
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

# envtool_test(LIBRARY SOURCES files... [NEEDS libraries...] [THIRD_PARTY targets...] [LABELS labels...])
# One GoogleTest program per library, registered case by case with ctest. The label `threads` stands for libraries that start
# threads: these are tested under the thread sanitizer, too.
function(envtool_test library)
  cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS;THIRD_PARTY;LABELS" ${ARGN})
  set(program ${library}_test)
  add_executable(${program} ${ARG_SOURCES})
  target_link_libraries(${program} PRIVATE envtool_settings envtool::${library} envtool_test_support
                                           GTest::gmock_main ${ARG_THIRD_PARTY})
  foreach(need IN LISTS ARG_NEEDS)
    target_link_libraries(${program} PRIVATE envtool::${need})
  endforeach()
  add_dependencies(unit_tests ${program})
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(threaded_tests ${program})
  endif()
  list(PREPEND ARG_LABELS unit)
  list(JOIN ARG_LABELS "," label)  # a list would not reach the tests
  gtest_discover_tests(${program} TEST_PREFIX "${library}." DISCOVERY_TIMEOUT 60
                       WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                       PROPERTIES LABELS "${label}")
endfunction()

# envtool_fuzz(NAME NEEDS libraries...)
# The fuzz target of NAME_fuzz.cc. With ENVTOOL_FUZZ it is a program of libFuzzer, to be run for as long as one likes; else it
# replays the inputs that are kept in corpus/NAME, as a test.
function(envtool_fuzz name)
  cmake_parse_arguments(ARG "" "" "NEEDS" ${ARGN})
  set(program ${name}_fuzz)
  add_executable(${program} ${program}.cc)
  target_link_libraries(${program} PRIVATE envtool_settings)
  foreach(need IN LISTS ARG_NEEDS)
    target_link_libraries(${program} PRIVATE envtool::${need})
  endforeach()
  add_dependencies(fuzz_programs ${program})
  add_dependencies(unit_tests ${program})
  if(ENVTOOL_FUZZ)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${program} PRIVATE replay.cc)
    add_test(NAME fuzz_${name}_corpus COMMAND ${program} "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
    set_tests_properties(fuzz_${name}_corpus PROPERTIES LABELS "unit;fuzz")
  endif()
endfunction()
