# One interface target carries language level and warnings for our code; nothing is set globally.
add_library(gpufleet_options INTERFACE)
target_compile_features(gpufleet_options INTERFACE cxx_std_20)
target_include_directories(gpufleet_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  gpufleet_options
  INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall
            -Wextra
            $<$<CXX_COMPILER_ID:GNU>:-Werror>
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wno-sign-conversion
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wno-missing-field-initializers
            # g++ 12 sees uninitialised strings in designated initialisers where there are none (GCC bug 105593 and kin).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
            # Results must be the same on every machine: no fused multiply-add, no reassociation.
            -ffp-contract=off>)

option(GPUFLEET_UNITY "Compile several sources of a room at once: half the time for a whole build, more for a small change" OFF)

# room(NAME SOURCES... DEPENDS... PRIVATE_DEPENDS...): one library per room. A unity build compiles eight neighbours of the list at
# once; two sources that use the same private name stand in different eights.
function(gpufleet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(gpufleet_${name} STATIC ${ROOM_SOURCES})
  set_target_properties(gpufleet_${name} PROPERTIES UNITY_BUILD ${GPUFLEET_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  target_link_libraries(gpufleet_${name} PUBLIC gpufleet_options ${ROOM_DEPENDS} PRIVATE fmt::fmt ${ROOM_PRIVATE_DEPENDS})
  gpufleet_precompile(gpufleet_${name})
endfunction()

# Reads the common headers once for a whole build: the first room makes the precompiled header, the others share it.
function(gpufleet_precompile target)
  if(NOT GPUFLEET_UNITY)
    return()
  elseif(target STREQUAL gpufleet_core)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
  else()
    target_precompile_headers(${target} REUSE_FROM gpufleet_core)
  endif()
endfunction()
