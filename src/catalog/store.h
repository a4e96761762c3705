// The model store on disk: Ollama's own layout (manifests/<host>/<namespace>/<model>/<tag> and
// blobs/sha256-<hex>), read in place and written compatibly. Thread-safe; several processes may share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/name.h"

namespace samovar::catalog {

struct Entry {  // a model in the store
  Name name;
  std::string digest;             // hex SHA-256 of the manifest
  int64_t modified_at_ns = 0;     // Unix time, of the manifest file
  int64_t size_bytes = 0;         // config and all layers
  std::filesystem::path weights;  // the GGUF blob
  std::string model_format;       // config blob: "gguf"
  std::string model_family;
  std::vector<std::string> model_families;
  std::string parameter_size;      // "134.52M"
  std::string quantization_level;  // "Q4_1"
  std::string template_text;       // TEMPLATE layer; empty: the GGUF's own Jinja
  std::string system;              // SYSTEM layer
  std::string license;
  std::string params_json;    // PARAMETER layer: a JSON object; empty: none
  std::string messages_json;  // MESSAGE layer: a JSON array; empty: none
  std::string parent_model;
  std::vector<std::string>
      other_layers;  // kinds this program does not apply: "adapter", "projector", "draft"
};

class Store {
 public:
  // `root` holds manifests/ and blobs/; it need not exist yet.
  explicit Store(std::filesystem::path root) : root_(std::move(root)) {}

  // Where the store is: SAMOVAR_MODELS, else OLLAMA_MODELS, else ~/.ollama/models when it exists, else
  // ${XDG_DATA_HOME:-~/.local/share}/samovar/models.
  [[nodiscard]] static std::filesystem::path default_root();

  // Every readable model, newest first; broken ones are left out and their errors appended to `broken`
  // (may be null). kIo when the store itself cannot be read.
  [[nodiscard]] Result<std::vector<Entry>> list(std::vector<Error>* broken = nullptr) const;

  // Upper and lower case are the same in a name; an exact match is preferred.
  // kNotFound: "model 'x' not found". kCorrupt: a manifest that is damaged, or a blob that is missing or has
  // another size than the manifest says, by name.
  [[nodiscard]] Result<Entry> find(const Name& name) const;

  // Bytes hashed so far and in all.
  using Progress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;

  // Puts a GGUF file under a name: hard-linked where the file system can (else reflinked, else copied, the
  // space for that checked first), hashed, then a config and a manifest are written by rename. The file is
  // checked to be GGUF first. A crash at any moment leaves a consistent store; its unfinished files are
  // removed by a later import. A hard-linked file must not be written to afterwards.
  [[nodiscard]] Result<Entry> import_gguf(const std::filesystem::path& file, const Name& name,
                                          const Progress& progress);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace samovar::catalog
