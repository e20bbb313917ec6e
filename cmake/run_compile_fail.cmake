# Shows that a file compiles, and that it does not with EIGENHEAD_MUST_FAIL, for the stated reason.
#   cmake -DCOMPILE=<command;arguments> -DFILE= -P run_compile_fail.cmake
file(STRINGS "${FILE}" wanted REGEX "^// error: ")
string(REPLACE "// error: " "" wanted "${wanted}")
file(STRINGS "${FILE}" flags REGEX "^// flags: ")
string(REPLACE "// flags: " "" flags "${flags}")
if(wanted STREQUAL "")
  message(FATAL_ERROR "${FILE} must hold a line `// error: text`")
endif()

execute_process(COMMAND ${COMPILE} "${FILE}" RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the good half of ${FILE} must compile:\n${errors}")
endif()
execute_process(COMMAND ${COMPILE} ${flags} -DEIGENHEAD_MUST_FAIL "${FILE}"
                RESULT_VARIABLE status ERROR_VARIABLE errors)
if(status EQUAL 0)
  message(FATAL_ERROR "${FILE} must not compile with EIGENHEAD_MUST_FAIL")
endif()
string(FIND "${errors}" "${wanted}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "the compiler must say \"${wanted}\"; got\n${errors}")
endif()
