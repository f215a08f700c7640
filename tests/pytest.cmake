# Suites of pytest as tests of ctest, so that one summary covers everything.
set(ENVTOOL_PYTHON "${PROJECT_SOURCE_DIR}/build/venv/bin/python" CACHE FILEPATH
    "Python with tests/requirements.txt installed, as `tools/setup test` makes it")

# envtool_pytest(NAME FOLDER LABEL label [TIMEOUT seconds] [CONFIGURATION only-with-`ctest -C`] [more properties and values...])
# The suite finds the programs that were built through ENVTOOL_BUILD_DIR, the tool itself through ENVTOOL.
function(envtool_pytest name folder)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT;CONFIGURATION" "" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  set(peers "${PROJECT_SOURCE_DIR}/build/peer")
  set(environment "ENVTOOL_BUILD_DIR=${PROJECT_BINARY_DIR}" "KUBECTL=${peers}/kubectl" "HELM=${peers}/helm"
                  "PLAYWRIGHT_BROWSERS_PATH=${PROJECT_SOURCE_DIR}/build/browsers" PYTHONDONTWRITEBYTECODE=1)
  if(TARGET envtool)
    list(APPEND environment "ENVTOOL=$<TARGET_FILE:envtool>")
  endif()
  add_test(NAME ${name} COMMAND "${ENVTOOL_PYTHON}" -m pytest -ra -p no:cacheprovider "${folder}"
           CONFIGURATIONS ${ARG_CONFIGURATION} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${environment}"
                                          ${ARG_UNPARSED_ARGUMENTS})
endfunction()
