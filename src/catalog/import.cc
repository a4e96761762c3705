#include "catalog/blobs.h"
#include "catalog/facts.h"
#include "catalog/manifest.h"
#include "catalog/store.h"
#include "catalog/store_files.h"
#include "gguf/file.h"

namespace samovar::catalog {
namespace fs = std::filesystem;

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
  catalog::remove_leftovers(root_);
  Building building(*this);
  const Result<Layer> weights = add_file_blob(root_, file, progress);
  if (!weights) return weights.error();
  const Result<Layer> config = add_text_blob(root_, "config", make_config_json(config_of(facts)));
  if (!config) return config.error();
  const Manifest manifest{.config = *config, .layers = {*weights}};
  if (Result<void> put = building.put_manifest(name, make_manifest_json(manifest)); !put) return put.error();
  return find(name);
}

}  // namespace samovar::catalog
