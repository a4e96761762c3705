#include "app/welcome.h"

#include <fstream>
#include <string_view>

#include "app/page_data.h"

namespace samovar::app {
namespace {

constexpr size_t kLargest = size_t{256} << 10U;  // it travels with every opening of the page

std::string load_text(const std::filesystem::path& path, std::string_view built_in) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::string(built_in);
  std::string text(kLargest, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> load_welcome(const std::filesystem::path& folder) {
  return {{"en", load_text(folder / "chainlit.md", embedded_welcome_en())},
          {"ru", load_text(folder / "chainlit_ru.md", embedded_welcome_ru())}};
}

}  // namespace samovar::app
