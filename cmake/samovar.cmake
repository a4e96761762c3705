# One static library per folder under src/, one test program per folder.

# samovar_library(NAME [DEPS folder...] [LINK lib...] [EXCLUDE regex] [TEST_FILTER pattern])
# All *.cc of the calling folder (subfolders too) but *_test.cc become library samovar_NAME;
# all *_test.cc become the program NAME_test when SAMOVAR_TESTS is on.
function(samovar_library name)
  cmake_parse_arguments(arg "" "EXCLUDE;TEST_FILTER" "DEPS;LINK;TEST_LINK" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  if(arg_EXCLUDE)
    list(FILTER all EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()
  set(sources ${all})
  set(tests ${all})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM arg_DEPS PREPEND "samovar_")
  if(sources)
    add_library(samovar_${name} STATIC ${sources})
    target_include_directories(samovar_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(samovar_${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_LINK} Threads::Threads)
    set_target_properties(samovar_${name} PROPERTIES UNITY_BUILD ${SAMOVAR_UNITY} UNITY_BUILD_BATCH_SIZE 12)
    samovar_flags(samovar_${name})
  else()
    add_library(samovar_${name} INTERFACE)
    target_include_directories(samovar_${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(samovar_${name} INTERFACE ${arg_DEPS})
  endif()
  if(SAMOVAR_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE samovar_${name} ${arg_LINK} ${arg_TEST_LINK} GTest::gtest GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE SAMOVAR_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD ${SAMOVAR_UNITY} UNITY_BUILD_BATCH_SIZE 8)
    samovar_flags(${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                         TEST_FILTER "${arg_TEST_FILTER}" PROPERTIES TIMEOUT 600)
  endif()
endfunction()

function(samovar_flags target)
  # -Wno-restrict: false alarms of GCC 12 on string concatenation (its bug 105651).
  # -Wno-missing-field-initializers: GCC 12 takes the members that designated initialisers leave out on purpose
  # for forgotten ones.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wno-restrict -Wno-missing-field-initializers)
  # As on x86-64, so that what is tested there holds here: char is signed, and a * b + c is rounded twice unless
  # the code asks for one rounding.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    target_compile_options(${target} PRIVATE -fsigned-char -ffp-contract=off)
  endif()
  if(SAMOVAR_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(SAMOVAR_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SAMOVAR_SANITIZE} -fno-omit-frame-pointer -g1)
    target_link_options(${target} PUBLIC -fsanitize=${SAMOVAR_SANITIZE})
  endif()
endfunction()
