// The welcome text of the page.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace samovar::app {

// Language -> markdown: chainlit.md and chainlit_ru.md of `folder` where they exist (an empty file means
// no welcome), else the ones built into the program.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> load_welcome(
    const std::filesystem::path& folder);

}  // namespace samovar::app
