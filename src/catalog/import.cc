#include "catalog/digest.h"
#include "catalog/facts.h"
#include "catalog/manifest.h"
#include "catalog/store.h"
#include "catalog/store_files.h"
#include "gguf/file.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

// Puts the file among the blobs under its digest. A blob that is already there is kept when it is whole.
Result<Layer> add_weights(const fs::path& root, const fs::path& file, const Store::Progress& progress) {
  const Result<fs::path> temporary = make_temporary_path(root);
  if (!temporary) return temporary.error();
  const Result<std::string> digest = place_file(file, *temporary, progress);
  std::error_code failed;
  const uintmax_t size = digest ? fs::file_size(*temporary, failed) : 0;
  if (!digest || failed) {
    std::error_code ignored;
    fs::remove(*temporary, ignored);
    return digest ? Error{Code::kIo, "cannot read " + temporary->string() + ": " + failed.message()}
                  : digest.error();
  }
  if (Result<void> settled = settle(*temporary, blob_path(root, *digest)); !settled) return settled.error();
  return make_layer("model", *digest, static_cast<int64_t>(size));
}

Result<Layer> add_text(const fs::path& root, std::string_view kind, const std::string& text) {
  Layer layer = make_layer(kind, hash_text(text), static_cast<int64_t>(text.size()));
  Result<void> written = replace_text(root, blob_path(root, layer.digest_hex), text);
  if (!written) return written.error();
  return layer;
}

}  // namespace

Result<Entry> Store::import_gguf(const fs::path& file, const Name& name, const Progress& progress) {
  if (!parse_name(name.full())) return Error{Code::kInvalidArgument, "invalid model name"};
  Facts facts;
  {
    const Result<std::shared_ptr<const gguf::File>> gguf = gguf::File::open(file);
    if (!gguf) return gguf.error();
    facts = read_facts(**gguf);
  }
  if (facts.architecture.empty()) {
    return Error{Code::kCorrupt, file.string() + ": general.architecture is missing"};
  }
  remove_leftovers(root_);
  const Result<Layer> weights = add_weights(root_, file, progress);
  if (!weights) return weights.error();
  const Result<Layer> config = add_text(root_, "config",
                                        make_config_json({.model_format = "gguf",
                                                          .model_family = facts.architecture,
                                                          .model_families = {facts.architecture},
                                                          .parameter_size = facts.parameter_size,
                                                          .quantization_level = facts.quantization_level}));
  if (!config) return config.error();
  const Manifest manifest{.config = *config, .layers = {*weights}};
  Result<void> written = replace_text(root_, manifest_path(root_, name), make_manifest_json(manifest));
  if (!written) return written.error();
  return find(name);
}

}  // namespace samovar::catalog
