# One interface target carries language level and warnings for our code; nothing is set globally.
add_library(gpufleet_options INTERFACE)
target_compile_features(gpufleet_options INTERFACE cxx_std_20)
target_include_directories(gpufleet_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  gpufleet_options
  INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall
            -Wextra
            -Werror
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

# room(NAME SOURCES... DEPENDS...): one library per room.
function(gpufleet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(gpufleet_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(gpufleet_${name} PUBLIC gpufleet_options ${ROOM_DEPENDS} PRIVATE ${ROOM_PRIVATE_DEPENDS})
endfunction()
