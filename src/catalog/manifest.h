// A model's manifest and config in Ollama's (Docker's) JSON: text <-> plain values. No disk here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::catalog {

inline constexpr std::string_view kManifestType = "application/vnd.docker.distribution.manifest.v2+json";

struct Layer {
  std::string media_type;  // "application/vnd.ollama.image.model"
  std::string digest_hex;  // 64 hex digits, checked
  int64_t size_bytes = 0;
  std::string from;  // what it was made from: "", a path or a model name
};

struct Manifest {
  Layer config;
  std::vector<Layer> layers;
};

// Everything that a model needs of the store: its layers and then its config, each digest once.
[[nodiscard]] std::vector<Layer> list_blobs(const Manifest& manifest);

struct Config {
  std::string model_format;
  std::string model_family;
  std::vector<std::string> model_families;
  std::string parameter_size;      // "model_type"
  std::string quantization_level;  // "file_type"
};

struct Facts;

// The config of a model that is made from a GGUF file.
[[nodiscard]] Config config_of(const Facts& facts);

// The part of a media type that says what a layer is: "model", "template", "params"; "" for foreign types.
[[nodiscard]] std::string_view layer_kind(const Layer& layer);

// Both fail with kCorrupt: what is missing or of the wrong type.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);
[[nodiscard]] Result<Config> parse_config(std::string_view json);

// Byte for byte what Ollama writes, so that equal models have equal digests.
[[nodiscard]] std::string make_manifest_json(const Manifest& manifest);
[[nodiscard]] std::string make_config_json(const Config& config);

[[nodiscard]] Layer make_layer(std::string_view kind, std::string digest_hex, int64_t size_bytes);

}  // namespace samovar::catalog
