// The files of the built page, and the default welcome texts, as they lie in the program. The
// definitions are generated at build time by cmake/embed.cmake.
#pragma once

#include <string_view>
#include <vector>

namespace samovar::app {

struct PageFile {
  std::string_view path;  // "/assets/index-4f1c.js"
  std::string_view content_type;
  std::string_view hash;   // of the content, for the ETag
  bool immutable = false;  // its name changes with its content
  std::string_view identity;
  std::string_view br;  // empty: no such variant
  std::string_view gz;
};

// Sorted by path; empty in a program that was built without the page. Static storage.
[[nodiscard]] const std::vector<PageFile>& page_files();

// Markdown: chainlit.md and chainlit_ru.md at the time of the build.
[[nodiscard]] std::string_view embedded_welcome_en();
[[nodiscard]] std::string_view embedded_welcome_ru();

}  // namespace samovar::app
