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
            -Wno-maybe-uninitialized
            # Results must be the same on every machine: no fused multiply-add, no reassociation.
            -ffp-contract=off>)

option(GPUFLEET_UNITY "Compile several sources of a room at once: half the time for a whole build, more for a small change" OFF)

# room(NAME SOURCES... APART... DEPENDS...): one library per room. APART are sources whose private names another source of the
# room uses too; a unity build compiles them alone.
function(gpufleet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;APART;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(gpufleet_${name} STATIC ${ROOM_SOURCES} ${ROOM_APART})
  set_target_properties(gpufleet_${name} PROPERTIES UNITY_BUILD ${GPUFLEET_UNITY} UNITY_BUILD_BATCH_SIZE 6)
  set_source_files_properties(${ROOM_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(gpufleet_${name} PUBLIC gpufleet_options ${ROOM_DEPENDS} PRIVATE ${ROOM_PRIVATE_DEPENDS})
endfunction()
