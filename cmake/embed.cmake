# Writes the C++ file that carries the built page inside the program. Run as a script:
#   cmake -DPAGE_DIR=web/dist -DWELCOME_EN=chainlit.md -DWELCOME_RU=chainlit_ru.md -DOUTPUT=page_data.cc -P embed.cmake
# Every file of PAGE_DIR that is not a .br or .gz becomes one row of app::page_files(), with its
# compressed variants where the page's build made them. The bytes come in through `.incbin`.
cmake_minimum_required(VERSION 3.25)

set(asm_text "")
set(declarations "")
set(rows "")
set(count 0)

# Adds FILE to the assembly; sets `result` to the expression that views it.
function(add_bytes file result)
  set(symbol "samovar_embedded_${count}")
  string(APPEND asm_text "    \"${symbol}:\\n.incbin \\\"${file}\\\"\\n${symbol}_end:\\n\"\n")
  string(APPEND declarations "extern const char ${symbol}[];\nextern const char ${symbol}_end[];\n")
  set(${result} "view(${symbol}, ${symbol}_end)" PARENT_SCOPE)
  math(EXPR next "${count} + 1")
  set(count ${next} PARENT_SCOPE)
  set(asm_text "${asm_text}" PARENT_SCOPE)
  set(declarations "${declarations}" PARENT_SCOPE)
endfunction()

set(type.html "text/html; charset=utf-8")
set(type.js "text/javascript; charset=utf-8")
set(type.css "text/css; charset=utf-8")
set(type.txt "text/plain; charset=utf-8")
set(type.svg "image/svg+xml")
set(type.png "image/png")
set(type.ico "image/x-icon")
set(type.webp "image/webp")
set(type.woff2 "font/woff2")
set(type.json "application/json")
set(type.webmanifest "application/manifest+json")

function(content_type path result)
  get_filename_component(extension "${path}" LAST_EXT)
  if(DEFINED "type${extension}")
    set(${result} "${type${extension}}" PARENT_SCOPE)
  else()
    set(${result} "application/octet-stream" PARENT_SCOPE)
  endif()
endfunction()

file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE "${PAGE_DIR}" "${PAGE_DIR}/*")
list(FILTER files EXCLUDE REGEX "\\.(br|gz)$")
list(SORT files)
foreach(file IN LISTS files)
  add_bytes("${PAGE_DIR}/${file}" identity)
  set(br "{}")
  set(gz "{}")
  if(EXISTS "${PAGE_DIR}/${file}.br")
    add_bytes("${PAGE_DIR}/${file}.br" br)
  endif()
  if(EXISTS "${PAGE_DIR}/${file}.gz")
    add_bytes("${PAGE_DIR}/${file}.gz" gz)
  endif()
  content_type("${file}" type)
  file(SHA256 "${PAGE_DIR}/${file}" hash)
  string(SUBSTRING "${hash}" 0 16 hash)
  set(immutable false)
  if(file MATCHES "^assets/")
    set(immutable true)
  endif()
  string(APPEND rows
    "      {.path = \"/${file}\", .content_type = \"${type}\", .hash = \"${hash}\", .immutable = ${immutable},\n"
    "       .identity = ${identity}, .br = ${br}, .gz = ${gz}},\n")
endforeach()
add_bytes("${WELCOME_EN}" welcome_en)
add_bytes("${WELCOME_RU}" welcome_ru)

file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.
#include \"app/page_data.h\"

asm(\".pushsection .rodata\\n\"
${asm_text}    \".byte 0\\n.popsection\\n\");

extern \"C\" {
${declarations}}

namespace samovar::app {
namespace {
std::string_view view(const char* begin, const char* end) { return {begin, static_cast<size_t>(end - begin)}; }
}  // namespace

const std::vector<PageFile>& page_files() {
  static const std::vector<PageFile> files = {
${rows}  };
  return files;
}

std::string_view embedded_welcome_en() { return ${welcome_en}; }
std::string_view embedded_welcome_ru() { return ${welcome_ru}; }

}  // namespace samovar::app
")
