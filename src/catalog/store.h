// The model store on disk: Ollama's own layout (manifests/<host>/<namespace>/<model>/<tag> and
// blobs/sha256-<hex>), read in place and written compatibly. Thread-safe; several processes may share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/name.h"

namespace samovar::catalog {

class StoreLock;

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

  // The manifest's own bytes. kNotFound: "model 'x' not found".
  [[nodiscard]] Result<std::string> manifest_text(const Name& name) const;

  // `destination` becomes another name of the same model. kNotFound as find().
  [[nodiscard]] Result<void> copy(const Name& source, const Name& destination);

  // Removes the name, and those of its blobs that no other model uses. Works on damaged models too.
  // kNotFound as find().
  [[nodiscard]] Result<void> remove(const Name& name);

  // What crashes and abandoned work left behind: unfinished imports and blobs of no model older than an hour,
  // unfinished downloads that nobody went on with for a week.
  void remove_leftovers();

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// A model on its way into the store. While it lives, blobs that no model uses yet are not removed. What the
// name meant before is replaced, and afterwards its blobs go that nothing uses any more.
class Building {
 public:
  // `store` must outlive it.
  explicit Building(const Store& store);
  ~Building();
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;

  // Writes `manifest` (JSON, kept byte for byte) by rename, once every blob it names is there in its size, so
  // that no reader ever finds a model without its parts. kCorrupt: not a manifest, or a blob is missing.
  [[nodiscard]] Result<void> put_manifest(const Name& name, std::string_view manifest);

 private:
  const Store& store_;
  std::unique_ptr<StoreLock> lock_;
  std::vector<std::string> replaced_;  // manifests
};

}  // namespace samovar::catalog
