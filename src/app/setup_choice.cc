#include "app/setup_choice.h"

#include <fstream>
#include <iterator>
#include <system_error>

#include "app/environment.h"

namespace samovar::app {
namespace {

constexpr uintmax_t kLargestNamed = uintmax_t{2} << 20U;  // it may travel with every opening of the page

Result<std::string> read_named_file(const std::filesystem::path& path) {
  std::error_code failed;
  const uintmax_t bytes = std::filesystem::file_size(path, failed);
  if (failed) return Error{Code::kNotFound, path.string() + ": " + failed.message()};
  if (bytes > kLargestNamed)
    return Error{Code::kTooLarge,
                 path.string() + " has " + std::to_string(bytes) + " bytes, at most 2 MB are read"};
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error{Code::kIo, path.string() + " cannot be read"};
  return text;
}

}  // namespace

std::filesystem::path setup_file() {
  if (std::string named = environment("SAMOVAR_CONFIG"); !named.empty()) return named;
  std::error_code failed;
  return std::filesystem::exists("samovar.toml", failed) ? "samovar.toml" : std::filesystem::path();
}

Result<ChosenSetup> load_setup(const std::filesystem::path& file) {
  ChosenSetup chosen;
  chosen.file = file;
  if (file.empty()) return chosen;
  const Result<std::string> text = read_named_file(file);
  if (!text) return text.error();
  const auto read_beside = [folder = file.parent_path()](const std::string& path) {
    return read_named_file(folder / path);
  };
  Result<chat::Setup> setup = chat::parse_setup(*text, file.string(), chat::Limits(), read_beside);
  if (!setup) return setup.error();
  chosen.setup = *std::move(setup);
  for (const auto& [name, bytes] : {std::pair(&chosen.setup.look.logo, &chosen.logo_bytes),
                                    std::pair(&chosen.setup.look.css, &chosen.css_text)}) {
    if (name->empty()) continue;
    Result<std::string> read = read_beside(*name);
    if (!read) return read.error();
    *bytes = *std::move(read);
  }
  return chosen;
}

}  // namespace samovar::app
