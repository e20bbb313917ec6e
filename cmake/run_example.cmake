# Runs an example in an empty folder; compares what it prints with <EXPECTED>.txt and the SHA256 of each
# picture it writes with <EXPECTED>.sha256, which have lines as sha256sum writes them.
#   cmake -DPROGRAM= -DEXPECTED= -DFOLDER= -DIS_EXACT= [-DUPDATE=TRUE] -P run_example.cmake
# UPDATE stores both instead of comparing.
cmake_minimum_required(VERSION 3.21)
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
set(actual "${FOLDER}/stdout.txt")
set(ENV{EIGENHEAD_KERNELS} reference)  # the others round differently in the last digit that is printed
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${FOLDER}" OUTPUT_FILE "${actual}"
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()

file(GLOB pictures RELATIVE "${FOLDER}" "${FOLDER}/*.svg")  # sorted
set(hashes "")
set(hashes_text "")
foreach(picture IN LISTS pictures)
  file(SHA256 "${FOLDER}/${picture}" hash)
  list(APPEND hashes "${hash}  ${picture}")
  string(APPEND hashes_text "${hash}  ${picture}\n")
endforeach()
if(UPDATE)
  configure_file("${actual}" "${EXPECTED}.txt" COPYONLY)
  file(WRITE "${EXPECTED}.sha256" "${hashes_text}")
  return()
endif()

foreach(file IN ITEMS "${EXPECTED}.txt" "${EXPECTED}.sha256")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} is missing; scripts/update_expected writes it")
  endif()
endforeach()
if(NOT IS_EXACT)
  # ctest shows the test as skipped for this text.
  message("not compared: the example ran without error, but only g++ on x86-64 must write the stored text and pictures")
  return()
endif()

set(differences "")
execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${EXPECTED}.txt" "${actual}"
                RESULT_VARIABLE status ERROR_QUIET)
if(NOT status EQUAL 0)
  execute_process(COMMAND diff -u "${EXPECTED}.txt" "${actual}")
  list(APPEND differences "the output differs from ${EXPECTED}.txt")
endif()
file(STRINGS "${EXPECTED}.sha256" expected_hashes)
set(pictures "")  # that differ, are new or are gone
foreach(line IN LISTS hashes expected_hashes)
  if(NOT line IN_LIST hashes OR NOT line IN_LIST expected_hashes)
    string(REGEX REPLACE "^[0-9a-f]+  " "" picture "${line}")
    list(APPEND pictures "${picture}")
  endif()
endforeach()
list(REMOVE_DUPLICATES pictures)
foreach(picture IN LISTS pictures)
  list(APPEND differences "${picture} is not as in ${EXPECTED}.sha256")
endforeach()
if(differences)
  list(JOIN differences "\n" differences)
  message(FATAL_ERROR "${differences}\nIf what stands in ${FOLDER} is right, run scripts/update_expected")
endif()
