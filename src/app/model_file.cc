#include "app/model_file.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace samovar::app {

Result<ModelFile> find_model_file(const std::string& model) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(model, ignored)) return ModelFile{.path = model};
  const Result<catalog::Name> name = catalog::parse_name(model);
  if (!name) return Error{Code::kNotFound, "no such file, and no model name: '" + model + "'"};
  const catalog::Store store(catalog::Store::default_root());
  Result<catalog::Entry> entry = store.find(*name);
  if (!entry) {
    if (entry.error().code != Code::kNotFound) return entry.error();
    return Error{Code::kNotFound,
                 entry.error().message + " in " + store.root().string() + ", and no file of that path"};
  }
  ModelFile file = {.path = entry->weights};
  file.entry = std::move(*entry);
  return file;
}

Result<std::string> read_text_file(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream stream(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) return Error{Code::kIo, "cannot read '" + path + "'"};
  return text;
}

}  // namespace samovar::app
