# cmake -DNM=... "-DOBJECTS=a.o;b.o" -P check_symbols.cmake
# Fails when an object of an instruction-set folder holds a weak or unique function: the linker keeps ONE copy
# of such a symbol for the whole program, perhaps the AVX-512 one.
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND "${NM}" -C --defined-only "${object}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[0-9a-f]+ [WVu] [^\n]+" shared "${symbols}")
  if(shared)
    message(SEND_ERROR "${object} shares symbols with code for other instruction sets:\n${shared}")
  endif()
endforeach()
