// What changes the set of models in a store. Every change is one rename or one unlink, made under the lock.
#include <sys/stat.h>

#include <ctime>
#include <set>

#include "catalog/blobs.h"
#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/store.h"
#include "catalog/store_files.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

constexpr std::time_t kUnusedSeconds = 3600;
constexpr size_t kManifestLimitBytes = size_t{1} << 20U;

Error not_found(const Name& name) { return {Code::kNotFound, "model '" + name.display() + "' not found"}; }

std::set<std::string> blobs_of(const std::string& text) {
  std::set<std::string> blobs;
  const Result<Manifest> manifest = parse_manifest(text);
  if (!manifest) return blobs;
  for (const Layer& layer : list_blobs(*manifest)) blobs.insert(layer.digest_hex);
  return blobs;
}

// Removes those of `candidates` that no model uses. A manifest that cannot be read keeps everything: what
// it needs is not known. While something is being added everything stays too; remove_leftovers() comes later.
void remove_unused(const fs::path& root, std::set<std::string> candidates) {
  const StoreLock lock(root, StoreLock::For::kRemoving);
  if (!lock.is_held()) return;
  for (const auto& [name, path] : list_manifests(root)) {
    if (candidates.empty()) return;
    const Result<std::string> text = load_text(path, kManifestLimitBytes);
    if (!text || !parse_manifest(*text)) return;
    for (const std::string& used : blobs_of(*text)) candidates.erase(used);
  }
  std::error_code ignored;
  for (const std::string& hex : candidates) fs::remove(blob_path(root, hex), ignored);
}

// Uploads that no model was made of. A hard link has its source's time of writing, but its own time of
// change.
std::set<std::string> old_blobs(const fs::path& root) {
  std::set<std::string> old;
  std::error_code failed;
  const std::time_t now = std::time(nullptr);
  for (fs::directory_iterator at(root / "blobs", failed), end; !failed && at != end; at.increment(failed)) {
    const std::string hex = parse_digest(at->path().filename().string());
    struct ::stat status {};
    if (hex.empty() || ::stat(at->path().c_str(), &status) != 0) continue;
    if (now - status.st_ctime > kUnusedSeconds) old.insert(hex);
  }
  return old;
}

// The directories of a name that hold nothing any more, up to manifests/ itself.
void remove_empty_parents(const fs::path& root, fs::path directory) {
  std::error_code failed;
  while (directory != root / "manifests" && directory.has_relative_path()) {
    if (!fs::remove(directory, failed) || failed) return;
    directory = directory.parent_path();
  }
}

Result<void> check_blobs(const fs::path& root, const Manifest& manifest) {
  std::vector<Layer> layers = manifest.layers;
  layers.push_back(manifest.config);
  for (const Layer& layer : layers) {
    if (has_blob(root, layer.digest_hex, layer.size_bytes)) continue;
    return Error{Code::kCorrupt, "the blob sha256:" + layer.digest_hex + " of " +
                                     std::to_string(layer.size_bytes) + " bytes is not in " +
                                     (root / "blobs").string()};
  }
  return {};
}

}  // namespace

Result<std::string> Store::manifest_text(const Name& name) const {
  if (!parse_name(name.full())) return Error{Code::kInvalidArgument, "invalid model name"};
  Result<std::string> text = load_text(manifest_path(root_, name), kManifestLimitBytes);
  if (!text && text.error().code == Code::kNotFound) return not_found(name);
  return text;
}

Building::Building(const Store& store)
    : store_(store), lock_(std::make_unique<StoreLock>(store.root(), StoreLock::For::kAdding)) {}

Building::~Building() {
  lock_->release();
  std::set<std::string> blobs;
  for (const std::string& manifest : replaced_) blobs.merge(blobs_of(manifest));
  if (!blobs.empty()) remove_unused(store_.root(), std::move(blobs));
}

Result<void> Building::put_manifest(const Name& name, std::string_view text) {
  if (!parse_name(name.full())) return Error{Code::kInvalidArgument, "invalid model name"};
  const Result<Manifest> manifest = parse_manifest(text);
  if (!manifest) return manifest.error();
  if (Result<void> there = check_blobs(store_.root(), *manifest); !there) return there;
  const fs::path path = manifest_path(store_.root(), name);
  Result<std::string> before = load_text(path, kManifestLimitBytes);
  if (Result<void> written = replace_text(store_.root(), path, text); !written) return written;
  if (before) replaced_.push_back(*std::move(before));
  return {};
}

Result<void> Store::copy(const Name& source, const Name& destination) {
  std::error_code ignored;
  if (!fs::exists(root_ / "manifests", ignored)) return not_found(source);
  Building building(*this);
  const Result<std::string> text = manifest_text(source);
  if (!text) return text.error();
  if (manifest_path(root_, source) == manifest_path(root_, destination)) return {};
  return building.put_manifest(destination, *text);
}

Result<void> Store::remove(const Name& name) {
  if (!parse_name(name.full())) return Error{Code::kInvalidArgument, "invalid model name"};
  std::error_code failed;
  const fs::path path = manifest_path(root_, name);
  const Result<std::string> text = load_text(path, kManifestLimitBytes);
  if (!text && text.error().code == Code::kNotFound) return not_found(name);
  // The name first: a crash behind it leaves blobs that nobody uses, never a model without its parts.
  if (!fs::remove(path, failed) || failed) {
    return Error{Code::kIo, "cannot remove " + path.string() + ": " + failed.message()};
  }
  if (text) remove_unused(root_, blobs_of(*text));
  remove_empty_parents(root_, path.parent_path());
  return {};
}

void Store::remove_leftovers() {
  catalog::remove_leftovers(root_);
  std::error_code ignored;
  if (!fs::exists(root_ / "blobs", ignored)) return;
  if (std::set<std::string> old = old_blobs(root_); !old.empty()) remove_unused(root_, std::move(old));
}

}  // namespace samovar::catalog
