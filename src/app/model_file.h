// MODEL of the commands for engineers: a name of the store, or the path of a GGUF file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "catalog/store.h"

namespace samovar::app {

struct ModelFile {
  std::filesystem::path path;
  std::optional<catalog::Entry> entry;  // when it came from the store
};

// A file of that path wins over a name. kNotFound names both readings.
[[nodiscard]] Result<ModelFile> find_model_file(const std::string& model);

// The text of a file, or of standard input for "-".
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

}  // namespace samovar::app
