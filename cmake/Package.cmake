# `cmake --install` and the Debian package: the programs, the data they look for in <prefix>/share/gpufleet, man page, completion.
include(GNUInstallDirs)

set(GPUFLEET_SHARE ${CMAKE_INSTALL_DATADIR}/gpufleet)
install(TARGETS gpufleet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET gpufleet-gui)
  install(TARGETS gpufleet-gui RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET gpufleet_cuda)
  install(TARGETS gpufleet_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_BINDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY hwprofiles/data DESTINATION ${GPUFLEET_SHARE}/hwprofiles)
install(DIRECTORY models/data DESTINATION ${GPUFLEET_SHARE}/models)
install(
  DIRECTORY scenarios
  DESTINATION ${GPUFLEET_SHARE}
  FILES_MATCHING
  PATTERN "*.toml"
  PATTERN "*.csv"
  PATTERN "*.jsonl")
install(FILES docs/scenario_format.md docs/metrics.md README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Made from the program itself, so that they never lag behind it.
find_program(HELP2MAN help2man)
set(generated ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
install(CODE "execute_process(COMMAND \"$<TARGET_FILE:gpufleet>\" completion bash OUTPUT_FILE \"${generated}/gpufleet\" COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${generated}/gpufleet DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
if(HELP2MAN)
  install(CODE "execute_process(COMMAND \"${PROJECT_SOURCE_DIR}/cmake/man_pages.sh\" \"${HELP2MAN}\" \"$<TARGET_FILE:gpufleet>\" \"${generated}/man1\" COMMAND_ERROR_IS_FATAL ANY)")
  install(DIRECTORY ${generated}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gpufleet)
set(CPACK_PACKAGE_CONTACT "The gpufleet authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Simulator and capacity planner for GPU fleets")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
