// samovar.toml: SAMOVAR_CONFIG, else the one in the working folder, else none.
#pragma once

#include <filesystem>
#include <string>

#include "chat/service.h"

namespace samovar::app {

struct ChosenSetup {
  chat::Setup setup;
  std::string logo_bytes;
  std::string css_text;
  std::filesystem::path file;  // empty: there is none
};

// The file that counts; empty when there is none.
[[nodiscard]] std::filesystem::path setup_file();

// Fails with kNotFound or kInvalidArgument, naming file, line and key.
[[nodiscard]] Result<ChosenSetup> load_setup(const std::filesystem::path& file);

}  // namespace samovar::app
