# Runs an example in an empty folder and compares what it prints with the stored text.
#   cmake -DPROGRAM= -DEXPECTED= -DFOLDER= -DIS_EXACT= -P run_example.cmake
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
set(actual "${FOLDER}/stdout.txt")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${FOLDER}" OUTPUT_FILE "${actual}"
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
if(NOT EXISTS "${EXPECTED}")
  message(FATAL_ERROR "${EXPECTED} is missing; scripts/update_expected writes it")
endif()
if(NOT IS_EXACT)
  message(STATUS "not the reference compiler: ran without error, the output was not compared")
  return()
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${EXPECTED}" "${actual}"
                RESULT_VARIABLE status ERROR_QUIET)
if(NOT status EQUAL 0)
  execute_process(COMMAND diff -u "${EXPECTED}" "${actual}")
  message(FATAL_ERROR "the output differs from ${EXPECTED}; if it is right, run scripts/update_expected")
endif()
