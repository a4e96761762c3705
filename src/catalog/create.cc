#include "catalog/create.h"

#include <fstream>

#include "catalog/blobs.h"
#include "catalog/facts.h"
#include "catalog/go_json.h"
#include "catalog/manifest.h"
#include "catalog/store_files.h"
#include "gguf/file.h"
#include "text/chat_template.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxLayerTextBytes = size_t{16} << 20U;

Error invalid_request(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

bool ends_with_ignoring_case(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  for (size_t i = 0; i < ending.size(); ++i) {
    const char c = text[text.size() - ending.size() + i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != ending[i]) return false;
  }
  return true;
}

bool is_relative_path(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  const fs::path normal = path.lexically_normal();
  return normal.begin() != normal.end() && *normal.begin() != "..";
}

// Which of the files is the model.
Result<std::string> choose_gguf(const std::map<std::string, std::string>& files) {
  std::string digest;
  for (const auto& [path, hex] : files) {
    if (ends_with_ignoring_case(path, ".safetensors")) {
      return Error{Code::kUnsupported,
                   "safetensors files are not supported: convert the model to GGUF first"};
    }
    if (!ends_with_ignoring_case(path, ".gguf") && files.size() > 1) continue;
    if (!ends_with_ignoring_case(path, ".gguf")) return invalid_request("unknown type");
    if (!digest.empty()) {
      return Error{Code::kUnsupported,
                   "several GGUF files: vision projectors and split models are not supported, give one file"};
    }
    digest = parse_digest(hex);
  }
  if (digest.empty()) return invalid_request("unknown type");
  return digest;
}

// One model under construction: its layers in Ollama's order.
class Builder {
 public:
  Builder(const Store& store, const CreateRequest& request, const std::function<void(std::string)>& tell)
      : store_(store), request_(request), tell_(tell) {}

  [[nodiscard]] Result<void> build();

 private:
  [[nodiscard]] Result<void> take_base(const Name& base);
  [[nodiscard]] Result<void> take_file(const std::string& hex);
  // Makes the GGUF blob the model's weights, and its facts the config; other layers stay.
  [[nodiscard]] Result<void> set_weights(const std::string& hex, const Facts& facts);
  [[nodiscard]] Result<void> convert_weights();
  [[nodiscard]] Result<void> add_texts();
  [[nodiscard]] Result<void> set_params();
  [[nodiscard]] Result<void> add(std::string_view kind, const std::string& text);
  void drop(std::string_view kind);

  const Store& store_;
  Building building_{store_};
  const CreateRequest& request_;
  const std::function<void(std::string)>& tell_;
  Manifest manifest_;
  std::vector<std::string> lines_;  // one per layer: what becomes of it
};

Result<void> Builder::take_base(const Name& base) {
  const Result<std::string> text = store_.manifest_text(base);
  if (!text) return text.error();
  Result<Manifest> manifest = parse_manifest(*text);
  if (!manifest) {
    return Error{Code::kCorrupt, "model '" + base.display() + "' is damaged: " + manifest.error().message};
  }
  manifest_ = *std::move(manifest);
  for (Layer& layer : manifest_.layers) {
    if (layer_kind(layer) == "model") layer.from = base.display();
    lines_.push_back("using existing layer sha256:" + layer.digest_hex);
  }
  return {};
}

Result<void> Builder::take_file(const std::string& hex) {
  tell_("parsing GGUF");
  const fs::path path = blob_path(store_.root(), hex);
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::kNotFound, "open " + path.string() + ": no such file or directory"};
  std::string magic(4, '\0');
  in.read(magic.data(), 4);
  if (magic != "GGUF") return invalid_request("supplied file was not in GGUF format");
  const Result<std::shared_ptr<const gguf::File>> file = gguf::File::open(path);
  if (!file) return file.error();
  const Facts facts = read_facts(**file);
  if (facts.architecture.empty()) return invalid_request("the GGUF file lacks general.architecture");
  if (facts.architecture == "clip" || facts.architecture == "mmproj") {
    return Error{Code::kUnsupported, "the GGUF file is a vision projector, which is not supported"};
  }
  return set_weights(hex, facts);
}

Result<void> Builder::set_weights(const std::string& hex, const Facts& facts) {
  std::error_code ignored;
  drop("model");
  const fs::path path = blob_path(store_.root(), hex);
  manifest_.layers.insert(manifest_.layers.begin(),
                          make_layer("model", hex, static_cast<int64_t>(fs::file_size(path, ignored))));
  lines_.insert(lines_.begin(), "using existing layer sha256:" + hex);
  const Result<Layer> config = add_text_blob(store_.root(), "config", make_config_json(config_of(facts)));
  if (!config) return config.error();
  manifest_.config = *config;
  return {};
}

Result<void> Builder::convert_weights() {
  for (const Layer& layer : manifest_.layers) {
    if (layer_kind(layer) != "model") continue;
    const Result<std::string> hex = request_.convert(blob_path(store_.root(), layer.digest_hex));
    if (!hex) return hex.error();
    const Result<std::shared_ptr<const gguf::File>> file = gguf::File::open(blob_path(store_.root(), *hex));
    if (!file) return file.error();
    return set_weights(*hex, read_facts(**file));
  }
  return Error{Code::kInvalidArgument, "the model has no weights to quantize"};
}

Result<void> Builder::add(std::string_view kind, const std::string& text) {
  bool was_there = false;
  const Result<Layer> layer = add_text_blob(store_.root(), kind, text, &was_there);
  if (!layer) return layer.error();
  manifest_.layers.push_back(*layer);
  lines_.push_back((was_there ? "using existing layer sha256:" : "creating new layer sha256:") +
                   layer->digest_hex);
  return {};
}

void Builder::drop(std::string_view kind) {
  for (size_t i = manifest_.layers.size(); i-- > 0;) {
    if (layer_kind(manifest_.layers[i]) != kind) continue;
    manifest_.layers.erase(manifest_.layers.begin() + static_cast<std::ptrdiff_t>(i));
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Result<void> Builder::set_params() {
  std::string base;
  for (const Layer& layer : manifest_.layers) {
    if (layer_kind(layer) != "params") continue;
    const Result<std::string> text =
        load_text(blob_path(store_.root(), layer.digest_hex), kMaxLayerTextBytes);
    if (!text) return text.error();
    base = *text;
  }
  const Result<std::string> merged = merge_params(base, request_.params_json);
  if (!merged) return merged.error();
  if (merged->empty()) return {};
  drop("params");
  return add("params", *merged);
}

Result<void> Builder::add_texts() {
  if (!request_.template_text.empty()) {
    drop("template");
    drop("prompt");
    if (Result<void> added = add("template", request_.template_text); !added) return added;
  }
  if (!request_.system.empty()) {
    drop("system");
    if (Result<void> added = add("system", request_.system); !added) return added;
  }
  for (const std::string& license : request_.licenses) {
    if (Result<void> added = add("license", license); !added) return added;
  }
  if (Result<void> set = set_params(); !set) return set;
  if (request_.messages_json.empty()) return {};
  const Result<std::string> messages = normalize_messages(request_.messages_json);
  if (!messages) return messages.error();
  drop("messages");
  return add("messages", *messages);
}

Result<void> Builder::build() {
  Result<void> done;
  if (request_.from) {
    done = take_base(*request_.from);
  } else {
    const Result<std::string> gguf = choose_gguf(request_.files);
    done = gguf ? take_file(*gguf) : Result<void>(gguf.error());
  }
  if (done && request_.convert) done = convert_weights();
  if (done) done = add_texts();
  if (!done) return done;
  for (std::string& line : lines_) tell_(std::move(line));
  tell_("writing manifest");
  return building_.put_manifest(request_.name, make_manifest_json(manifest_));
}

}  // namespace

Result<void> check_file_map(const std::map<std::string, std::string>& files) {
  for (const auto& [path, digest] : files) {
    if (!is_relative_path(path)) return invalid_request("file path must be relative");
    if (parse_digest(digest).empty()) return invalid_request("invalid digest format");
  }
  return {};
}

Result<void> check_create(const CreateRequest& request) {
  if (!parse_name(request.name.full())) return invalid_request("invalid model name");
  if (Result<void> files = check_file_map(request.files); !files) return files;
  if (Result<void> files = check_file_map(request.adapters); !files) return files;
  if (!request.adapters.empty()) {
    return Error{
        Code::kUnsupported,
        "LoRA adapters are not supported: merge the adapter into the model and give the merged GGUF"};
  }
  if (!request.from) {
    if (const Result<std::string> gguf = choose_gguf(request.files); !gguf) return gguf.error();
  }
  if (!request.template_text.empty()) {
    const auto parsed = text::make_go_template(request.template_text);
    if (!parsed) return invalid_request("template error: " + parsed.error().message);
  }
  if (Result<void> params = check_params(request.params_json); !params) return params;
  if (request.messages_json.empty()) return {};
  const Result<std::string> messages = normalize_messages(request.messages_json);
  return messages ? Result<void>() : Result<void>(messages.error());
}

Result<void> create_model(const Store& store, const CreateRequest& request,
                          const std::function<void(std::string)>& tell) {
  if (Result<void> checked = check_create(request); !checked) return checked;
  return Builder(store, request, tell).build();
}

}  // namespace samovar::catalog
