# Sets EIGENHEAD_VERSION from include/eigenhead/version.hpp, the only place where the number is written.
set(version_header "${CMAKE_CURRENT_LIST_DIR}/../include/eigenhead/version.hpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${version_header}")
file(STRINGS "${version_header}" version_lines
     REGEX "^#define EIGENHEAD_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
list(LENGTH version_lines number_of_lines)
if(NOT number_of_lines EQUAL 3)
  message(FATAL_ERROR "version.hpp must define EIGENHEAD_VERSION_MAJOR, _MINOR and _PATCH; got: ${version_lines}")
endif()
string(REGEX REPLACE "[^0-9;]" "" EIGENHEAD_VERSION "${version_lines}")
string(REPLACE ";" "." EIGENHEAD_VERSION "${EIGENHEAD_VERSION}")
