#include "catalog/manifest.h"

#include <nlohmann/json.hpp>
#include <set>

#include "catalog/digest.h"
#include "catalog/facts.h"
#include "wire/json_depth.h"

namespace samovar::catalog {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kConfigType = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view kLayerPrefix = "application/vnd.ollama.image.";

Error corrupt(std::string message) { return Error{Code::kCorrupt, std::move(message)}; }

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Result<Layer> read_layer(const Json& object, const std::string& where) {
  if (!object.is_object()) return corrupt(where + " is not an object");
  Layer layer;
  layer.media_type = text_of(object, "mediaType");
  layer.from = text_of(object, "from");
  layer.digest_hex = parse_digest(text_of(object, "digest"));
  if (layer.digest_hex.empty()) return corrupt(where + " has no valid digest");
  const auto size = object.find("size");
  if (size == object.end() || !size->is_number_integer() || size->get<int64_t>() < 0) {
    return corrupt(where + " has no valid size");
  }
  layer.size_bytes = size->get<int64_t>();
  return layer;
}

OrderedJson layer_json(const Layer& layer) {
  OrderedJson json = {
      {"mediaType", layer.media_type}, {"digest", "sha256:" + layer.digest_hex}, {"size", layer.size_bytes}};
  if (!layer.from.empty()) json["from"] = layer.from;
  return json;
}

}  // namespace

Config config_of(const Facts& facts) {
  return {.model_format = "gguf",
          .model_family = facts.architecture,
          .model_families = {facts.architecture},
          .parameter_size = facts.parameter_size,
          .quantization_level = facts.quantization_level};
}

std::string_view layer_kind(const Layer& layer) {
  const std::string_view type = layer.media_type;
  return type.starts_with(kLayerPrefix) ? type.substr(kLayerPrefix.size()) : std::string_view();
}

Layer make_layer(std::string_view kind, std::string digest_hex, int64_t size_bytes) {
  std::string type =
      kind == "config" ? std::string(kConfigType) : std::string(kLayerPrefix) + std::string(kind);
  return {.media_type = std::move(type),
          .digest_hex = std::move(digest_hex),
          .size_bytes = size_bytes,
          .from = {}};
}

std::vector<Layer> list_blobs(const Manifest& manifest) {
  std::vector<Layer> blobs;
  std::set<std::string> seen;
  for (const Layer& layer : manifest.layers) {
    if (seen.insert(layer.digest_hex).second) blobs.push_back(layer);
  }
  if (seen.insert(manifest.config.digest_hex).second) blobs.push_back(manifest.config);
  return blobs;
}

Result<Manifest> parse_manifest(std::string_view json) {
  const Json root = wire::parse_json_value<Json>(json);
  if (!root.is_object()) return corrupt("not a JSON object");
  const auto config = root.find("config");
  const auto layers = root.find("layers");
  if (config == root.end()) return corrupt("\"config\" is missing");
  if (layers == root.end() || !layers->is_array()) return corrupt("\"layers\" is missing or not an array");
  Manifest manifest;
  Result<Layer> read = read_layer(*config, "config");
  if (!read) return read.error();
  manifest.config = *std::move(read);
  for (size_t i = 0; i < layers->size(); ++i) {
    Result<Layer> layer = read_layer((*layers)[i], "layer " + std::to_string(i));
    if (!layer) return layer.error();
    manifest.layers.push_back(*std::move(layer));
  }
  return manifest;
}

Result<Config> parse_config(std::string_view json) {
  const Json root = wire::parse_json_value<Json>(json);
  if (!root.is_object()) return corrupt("not a JSON object");
  Config config;
  config.model_format = text_of(root, "model_format");
  config.model_family = text_of(root, "model_family");
  config.parameter_size = text_of(root, "model_type");
  config.quantization_level = text_of(root, "file_type");
  const auto families = root.find("model_families");
  if (families != root.end() && families->is_array()) {
    for (const Json& family : *families) {
      if (family.is_string()) config.model_families.push_back(family.get<std::string>());
    }
  }
  return config;
}

std::string make_manifest_json(const Manifest& manifest) {
  OrderedJson layers = OrderedJson::array();
  for (const Layer& layer : manifest.layers) layers.push_back(layer_json(layer));
  const OrderedJson root = {{"schemaVersion", 2},
                            {"mediaType", kManifestType},
                            {"config", layer_json(manifest.config)},
                            {"layers", std::move(layers)}};
  return root.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string make_config_json(const Config& config) {
  const OrderedJson root = {{"model_format", config.model_format},
                            {"model_family", config.model_family},
                            {"model_families", config.model_families},
                            {"model_type", config.parameter_size},
                            {"file_type", config.quantization_level},
                            {"architecture", "amd64"},
                            {"os", "linux"}};
  return root.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace samovar::catalog
