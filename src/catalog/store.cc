#include "catalog/store.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/store_files.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxManifestBytes = size_t{1} << 20U;
constexpr size_t kMaxTextBytes = size_t{16} << 20U;  // templates, licenses, example messages

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

int64_t modification_time_ns(const fs::path& path) {
  std::error_code failed;
  const fs::file_time_type time = fs::last_write_time(path, failed);
  if (failed) return 0;
  const auto unix_time = fs::file_time_type::clock::to_sys(time).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(unix_time).count();
}

// Reads one model; every error names the model.
class Reader {
 public:
  Reader(const fs::path& root, const Name& name) : root_(root), name_(name) {}

  [[nodiscard]] Result<Entry> read(const fs::path& manifest_file);

 private:
  [[nodiscard]] Error corrupt(const std::string& why) const {
    return {Code::kCorrupt, "model '" + name_.display() + "' is damaged: " + why};
  }
  [[nodiscard]] Result<std::string> load_blob(const Layer& layer) const;
  [[nodiscard]] Result<void> add_config(const Layer& layer);
  [[nodiscard]] Result<void> add_layer(const Layer& layer);
  [[nodiscard]] Result<void> add_weights(const Layer& layer);
  // The field that a layer's whole text goes into; null for other kinds.
  [[nodiscard]] std::string* text_field(std::string_view kind);

  const fs::path& root_;
  const Name& name_;
  Entry entry_;
};

Result<Entry> Reader::read(const fs::path& manifest_file) {
  const Result<std::string> text = load_text(manifest_file, kMaxManifestBytes);
  if (!text && text.error().code == Code::kNotFound) {
    return Error{Code::kNotFound, "model '" + name_.display() + "' not found"};
  }
  if (!text) return text.error().code == Code::kIo ? text.error() : corrupt(text.error().message);
  const Result<Manifest> manifest = parse_manifest(*text);
  if (!manifest) return corrupt("manifest " + manifest_file.string() + ": " + manifest.error().message);
  entry_.name = name_;
  entry_.digest = hash_text(*text);
  entry_.modified_at_ns = modification_time_ns(manifest_file);
  entry_.size_bytes = manifest->config.size_bytes;
  if (Result<void> added = add_config(manifest->config); !added) return added.error();
  for (const Layer& layer : manifest->layers) {
    entry_.size_bytes += layer.size_bytes;
    if (Result<void> added = add_layer(layer); !added) return added.error();
  }
  if (entry_.weights.empty()) return corrupt("its manifest has no model layer");
  return std::move(entry_);
}

Result<std::string> Reader::load_blob(const Layer& layer) const {
  const fs::path path = blob_path(root_, layer.digest_hex);
  Result<std::string> text = load_text(path, kMaxTextBytes);
  if (!text) return corrupt(text.error().message);
  if (hash_text(*text) != layer.digest_hex) return corrupt(path.string() + " does not match its digest");
  return text;
}

Result<void> Reader::add_config(const Layer& layer) {
  const Result<std::string> text = load_blob(layer);
  if (!text) return text.error();
  Result<Config> config = parse_config(*text);
  if (!config) return corrupt("config sha256-" + layer.digest_hex + ": " + config.error().message);
  entry_.model_format = config->model_format;
  entry_.model_family = config->model_family;
  entry_.model_families = config->model_families;
  entry_.parameter_size = config->parameter_size;
  entry_.quantization_level = config->quantization_level;
  return {};
}

std::string* Reader::text_field(std::string_view kind) {
  if (kind == "template" || kind == "prompt") return &entry_.template_text;
  if (kind == "system") return &entry_.system;
  if (kind == "params") return &entry_.params_json;
  if (kind == "messages") return &entry_.messages_json;
  if (kind == "license") return &entry_.license;
  return nullptr;
}

Result<void> Reader::add_layer(const Layer& layer) {
  const std::string_view kind = layer_kind(layer);
  if (kind == "model" && entry_.weights.empty()) return add_weights(layer);
  std::string* field = text_field(kind);
  if (field == nullptr) {
    entry_.other_layers.emplace_back(kind.empty() ? std::string_view(layer.media_type) : kind);
    return {};
  }
  const Result<std::string> text = load_blob(layer);
  if (!text) return text.error();
  // A model may have several licenses; of the others the last one counts.
  if (field == &entry_.license && !field->empty()) *field += "\n";
  *field = field == &entry_.license ? *field + *text : *text;
  return {};
}

Result<void> Reader::add_weights(const Layer& layer) {
  const fs::path path = blob_path(root_, layer.digest_hex);
  std::error_code failed;
  const uintmax_t size = fs::file_size(path, failed);
  if (failed) return corrupt("blob " + path.string() + ": " + failed.message());
  if (size != static_cast<uintmax_t>(layer.size_bytes)) {
    return corrupt("blob " + path.string() + " has " + std::to_string(size) + " bytes instead of " +
                   std::to_string(layer.size_bytes));
  }
  entry_.weights = path;
  // Ollama writes what a derived model was made from here: a model's name, or a path for a file.
  if (!layer.from.empty() && layer.from.find("/blobs/") == std::string::npos) {
    const Result<Name> parent = parse_name(layer.from);
    if (parent && !layer.from.starts_with('/')) entry_.parent_model = parent->display();
  }
  return {};
}

}  // namespace

fs::path Store::default_root() {
  if (std::string path = environment("SAMOVAR_MODELS"); !path.empty()) return path;
  if (std::string path = environment("OLLAMA_MODELS"); !path.empty()) return path;
  const fs::path home = environment("HOME").empty() ? fs::path("/") : fs::path(environment("HOME"));
  std::error_code ignored;
  if (fs::is_directory(home / ".ollama" / "models", ignored)) return home / ".ollama" / "models";
  const std::string data = environment("XDG_DATA_HOME");
  return (data.empty() ? home / ".local" / "share" : fs::path(data)) / "samovar" / "models";
}

Result<std::vector<Entry>> Store::list(std::vector<Error>* broken) const {
  std::error_code failed;
  const fs::path manifests = root_ / "manifests";
  fs::directory_iterator probe(manifests, failed);
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return Error{Code::kIo, "cannot read the model store " + manifests.string() + ": " + failed.message()};
  }
  std::vector<Entry> entries;
  for (const auto& [name, path] : list_manifests(root_)) {
    Result<Entry> entry = Reader(root_, name).read(path);
    if (entry) {
      entries.push_back(*std::move(entry));
    } else if (broken != nullptr) {
      broken->push_back(entry.error());
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.modified_at_ns != b.modified_at_ns ? a.modified_at_ns > b.modified_at_ns
                                                : a.name.full() < b.name.full();
  });
  return entries;
}

Result<Entry> Store::find(const Name& name) const {
  // Names are checked again here because a caller may have filled the parts in by hand.
  if (!parse_name(name.full())) return Error{Code::kInvalidArgument, "invalid model name"};
  const fs::path path = manifest_path(root_, name);
  Name spelled = name;
  spelled.tag = path.filename().string();
  spelled.model = path.parent_path().filename().string();
  spelled.name_space = path.parent_path().parent_path().filename().string();
  spelled.host = path.parent_path().parent_path().parent_path().filename().string();
  return Reader(root_, spelled).read(path);
}

}  // namespace samovar::catalog
