#include "registry/reference.h"

#include "base/ascii.h"

namespace samovar::registry {
namespace {

constexpr size_t kMaxModelName = 80;

// The path's last part without its ending; "" when it is no GGUF file.
std::string file_stem(std::string_view url) {
  const std::string_view path = url.substr(0, url.find_first_of("?#"));
  const std::string_view file = path.substr(path.rfind('/') + 1);
  constexpr size_t kEnding = 5;  // ".gguf"
  if (file.size() <= kEnding || to_lower(file.substr(file.size() - kEnding)) != ".gguf") return {};
  return std::string(file.substr(0, file.size() - kEnding));
}

Result<Reference> make_file_reference(std::string_view url, const std::string& stem, bool insecure) {
  if (url.starts_with("http://") && !insecure) {
    return Error{Code::kInvalidArgument,
                 "'" + std::string(url) +
                     "' is plain HTTP, which anyone on the way can change: use https, or "
                     "allow it with --insecure"};
  }
  std::string model;
  for (const char c : to_lower(stem)) {
    const bool fine = is_word(c) || c == '-' || c == '.';
    if (model.size() < kMaxModelName && !(c == '.' && model.ends_with('.'))) model += fine ? c : '-';
  }
  while (!model.empty() && (model.front() == '-' || model.front() == '.')) model.erase(0, 1);
  const Result<catalog::Name> name = catalog::parse_name(model);
  if (!name) return name.error();
  return Reference{.name = *name, .base_url = {}, .file_url = std::string(url), .may_fall_back = false};
}

}  // namespace

Result<Reference> parse_reference(std::string_view text, bool insecure) {
  const bool plain = text.starts_with("http://");
  const bool has_scheme = plain || text.starts_with("https://");
  if (has_scheme) {
    if (const std::string stem = file_stem(text); !stem.empty())
      return make_file_reference(text, stem, insecure);
  }
  const Result<catalog::Name> name = catalog::parse_name(text);
  if (!name) return name.error();
  return Reference{.name = *name,
                   .base_url = (plain && insecure ? "http://" : "https://") + name->host,
                   .file_url = {},
                   .may_fall_back = insecure && !has_scheme};
}

}  // namespace samovar::registry
