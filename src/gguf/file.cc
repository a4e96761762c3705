#include "gguf/file.h"

namespace samovar::gguf {
namespace {

// The typed value of `key` through `read`, the fallback, or an error that names the key.
template <typename T, typename Read>
Result<T> get(const Directory& directory, std::string_view key, const std::optional<T>& fallback,
              const char* kind, Read read) {
  const Value* value = directory.find(key);
  if (value == nullptr) {
    if (fallback) return *fallback;
    return Error{Code::kCorrupt, "GGUF: metadata '" + std::string(key) + "' is missing"};
  }
  const auto typed = read(*value);
  if (!typed) {
    return Error{Code::kCorrupt, "GGUF: metadata '" + std::string(key) + "' is " +
                                     std::string(to_string(value->type)) + ", expected " + kind};
  }
  return T(*typed);
}

}  // namespace

Result<std::shared_ptr<const File>> File::open(const std::filesystem::path& path) {
  auto mapping = platform::MappedFile::open(path);
  if (!mapping) return mapping.error();
  auto directory = parse_directory(mapping->bytes());
  if (!directory) return Error{directory.error().code, path.string() + ": " + directory.error().message};
  auto file = std::make_shared<File>();
  file->path_ = path;
  file->mapping_ = std::move(*mapping);
  file->directory_ = std::move(*directory);
  return std::shared_ptr<const File>(std::move(file));
}

Result<int64_t> File::get_integer(std::string_view key, std::optional<int64_t> fallback) const {
  return get<int64_t>(directory_, key, fallback, "an integer", [](const Value& v) { return v.integer(); });
}

Result<double> File::get_number(std::string_view key, std::optional<double> fallback) const {
  return get<double>(directory_, key, fallback, "a number", [](const Value& v) { return v.number(); });
}

Result<std::string> File::get_string(std::string_view key, std::optional<std::string> fallback) const {
  return get<std::string>(directory_, key, fallback, "a string", [](const Value& v) { return v.string(); });
}

Result<bool> File::get_boolean(std::string_view key, std::optional<bool> fallback) const {
  return get<bool>(directory_, key, fallback, "a bool", [](const Value& v) { return v.boolean(); });
}

}  // namespace samovar::gguf
