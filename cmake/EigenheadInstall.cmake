# Headers, the CMake package `eigenhead` and a pkg-config file. All of it is independent of the machine,
# so everything goes under include/ and share/.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder share/cmake/eigenhead)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/eigenhead" DESTINATION include
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.inc")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE" DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(TARGETS eigenhead EXPORT eigenheadTargets)
install(EXPORT eigenheadTargets NAMESPACE eigenhead:: DESTINATION ${package_folder})
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/eigenheadConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/eigenheadConfig.cmake"
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/eigenheadConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/eigenheadConfig.cmake" "${PROJECT_BINARY_DIR}/eigenheadConfigVersion.cmake"
        DESTINATION ${package_folder})

configure_file("${CMAKE_CURRENT_LIST_DIR}/eigenhead.pc.in" "${PROJECT_BINARY_DIR}/eigenhead.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/eigenhead.pc" DESTINATION share/pkgconfig)
