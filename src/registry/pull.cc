#include <sys/stat.h>

#include <algorithm>

#include "catalog/blobs.h"
#include "catalog/create.h"
#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/store_files.h"
#include "registry/parts.h"
#include "registry/transfer.h"

namespace samovar::registry {
namespace fs = std::filesystem;
namespace {

constexpr size_t kShownHexDigits = 12;
constexpr std::chrono::milliseconds kOthersPoll{250};

std::string short_digest(const std::string& hex) { return hex.substr(0, kShownHexDigits); }

Result<Reply> ask_for_manifest(Session& session, const Reference& reference) {
  http::ClientRequest request;
  request.url =
      "/v2/" + reference.name.name_space + "/" + reference.name.model + "/manifests/" + reference.name.tag;
  request.headers = {{"Accept", std::string(catalog::kManifestType)}};
  return session.ask(std::move(request));
}

Result<std::string> fetch_manifest(Session& session, const Reference& reference) {
  const auto fail = [](Code code, const std::string& why) {
    return Error{code, "pull model manifest: " + why};
  };
  const Result<Reply> reply = ask_for_manifest(session, reference);
  if (session.stop().requested()) return Stop::error();
  if (!reply) return fail(reply.error().code, reply.error().message);
  if (reply->status == 404) return fail(Code::kNotFound, "file does not exist");
  if (reply->status != 200) {
    const Code code = reply->status < 500 ? Code::kInvalidArgument : Code::kUnavailable;
    return fail(code, session.base_url() + " answered with " + explain_status(*reply));
  }
  const Result<catalog::Manifest> manifest = catalog::parse_manifest(reply->body);
  if (!manifest)
    return fail(Code::kCorrupt,
                session.base_url() + " sent no model's manifest: " + manifest.error().message);
  return reply->body;
}

// One blob after another, each in parallel parts.
class Puller {
 public:
  Puller(catalog::Store& store, Session& session, const DownloadOptions& options, const Tell& tell)
      : store_(store), session_(session), options_(options), tell_(tell) {}

  [[nodiscard]] Result<void> pull(const Reference& reference, const std::string& manifest_text);

 private:
  [[nodiscard]] Result<void> check_room(const std::vector<catalog::Layer>& layers) const;
  [[nodiscard]] Result<void> fetch(const catalog::Layer& layer, const std::string& repository);
  [[nodiscard]] Result<std::unique_ptr<PartFile>> open_parts(const catalog::Layer& layer);
  [[nodiscard]] Result<void> verify(const catalog::Layer& layer, PartFile& file);
  void tell_layer(const catalog::Layer& layer, int64_t completed) const {
    tell_({"pulling " + short_digest(layer.digest_hex), "sha256:" + layer.digest_hex, layer.size_bytes,
           completed});
  }

  catalog::Store& store_;
  catalog::Building building_{store_};
  Session& session_;
  const DownloadOptions& options_;
  const Tell& tell_;
  std::vector<std::pair<catalog::Layer, std::unique_ptr<PartFile>>> fetched_;
};

Result<void> Puller::check_room(const std::vector<catalog::Layer>& layers) const {
  uint64_t missing = 0;
  for (const catalog::Layer& layer : layers) {
    if (catalog::has_blob(store_.root(), layer.digest_hex, layer.size_bytes)) continue;
    struct ::stat status {};
    const std::string partial = catalog::blob_path(store_.root(), layer.digest_hex).string() + "-partial";
    const bool begun = ::stat(partial.c_str(), &status) == 0;
    const auto allocated = begun ? static_cast<uint64_t>(status.st_blocks) * 512U : 0U;
    const auto size = static_cast<uint64_t>(layer.size_bytes);
    missing += size > allocated ? size - allocated : 0;
  }
  return missing == 0 ? Result<void>() : catalog::check_space(store_.root() / "blobs", missing);
}

// Waits where another process, or another request to this one, is downloading the same.
Result<std::unique_ptr<PartFile>> Puller::open_parts(const catalog::Layer& layer) {
  while (true) {
    auto file = PartFile::open(catalog::blob_path(store_.root(), layer.digest_hex), layer.size_bytes);
    if (file || file.error().code != Code::kBusy) return file;
    session_.stop().sleep(kOthersPoll);
    if (session_.stop().requested()) return Stop::error();
    if (catalog::has_blob(store_.root(), layer.digest_hex, layer.size_bytes))
      return std::unique_ptr<PartFile>();
    tell_layer(layer, 0);
  }
}

Result<void> Puller::fetch(const catalog::Layer& layer, const std::string& repository) {
  if (catalog::has_blob(store_.root(), layer.digest_hex, layer.size_bytes)) {
    tell_layer(layer, layer.size_bytes);
    return {};
  }
  Result<std::unique_ptr<PartFile>> file = open_parts(layer);
  if (!file) return file.error();
  if (*file != nullptr) {
    const std::string url = "/v2/" + repository + "/blobs/sha256:" + layer.digest_hex;
    const Result<void> done =
        download(session_, url, **file, options_, [&](int64_t completed) { tell_layer(layer, completed); });
    if (!done && session_.stop().requested()) return done;
    if (!done) {
      return Error{done.error().code,
                   "pulling " + short_digest(layer.digest_hex) + ": " + done.error().message};
    }
    fetched_.emplace_back(layer, *std::move(file));
  } else {
    tell_layer(layer, layer.size_bytes);
  }
  return {};
}

Result<void> Puller::verify(const catalog::Layer& layer, PartFile& file) {
  const Result<std::string> hex = catalog::hash_file(file.data_path(), [](int64_t) {});
  if (!hex) return hex.error();
  if (*hex != layer.digest_hex) {
    file.discard();
    return Error{Code::kCorrupt, "digest mismatch, file must be downloaded again: want sha256:" +
                                     layer.digest_hex + ", got sha256:" + *hex};
  }
  Result<void> settled =
      catalog::settle(file.data_path(), catalog::blob_path(store_.root(), layer.digest_hex));
  if (settled) file.forget_record();
  return settled;
}

Result<void> Puller::pull(const Reference& reference, const std::string& manifest_text) {
  const Result<catalog::Manifest> manifest = catalog::parse_manifest(manifest_text);
  if (!manifest) return manifest.error();
  const std::vector<catalog::Layer> layers = catalog::list_blobs(*manifest);
  if (Result<void> room = check_room(layers); !room) return room;
  for (const catalog::Layer& layer : layers) {
    const std::string repository = reference.name.name_space + "/" + reference.name.model;
    if (Result<void> fetched = fetch(layer, repository); !fetched) return fetched;
  }
  tell_({.status = "verifying sha256 digest"});
  for (auto& [layer, file] : fetched_) {
    if (session_.stop().requested()) return Stop::error();
    if (Result<void> verified = verify(layer, *file); !verified) return verified;
  }
  tell_({.status = "writing manifest"});
  return building_.put_manifest(reference.name, manifest_text);
}

}  // namespace

Result<void> pull_model(catalog::Store& store, Session& session, const Reference& reference,
                        const DownloadOptions& options, const Tell& tell) {
  tell({.status = "pulling manifest"});
  const Result<std::string> manifest = fetch_manifest(session, reference);
  if (!manifest) return manifest.error();
  const Result<void> pulled = Puller(store, session, options, tell).pull(reference, *manifest);
  if (pulled) tell({.status = "success"});
  return pulled;
}

Result<void> pull_file(catalog::Store& store, Session& session, const Reference& reference,
                       const DownloadOptions& options, const Tell& tell) {
  tell({.status = "pulling manifest"});
  const Result<RemoteFile> remote = probe(session, reference.file_url);
  if (session.stop().requested()) return Stop::error();
  if (!remote) return Error{remote.error().code, reference.file_url + ": " + remote.error().message};
  if (remote->size_bytes <= 0) {
    return Error{Code::kUnavailable, reference.file_url + ": the server does not say how large the file is"};
  }
  // Another content at the same address has another size or tag, and so a name of its own.
  const std::string key = catalog::hash_text(reference.file_url + "\n" + remote->etag);
  const std::string shown = "pulling " + reference.name.display();
  Result<std::unique_ptr<PartFile>> file =
      PartFile::open(store.root() / "blobs" / ("url-" + key), remote->size_bytes);
  if (!file) return file.error();
  const int64_t total = remote->size_bytes;
  const Result<void> done = download(session, reference.file_url, **file, options, [&](int64_t completed) {
    tell({shown, "sha256:" + key, total, completed});
  });
  if (!done) return done;
  tell({.status = "verifying sha256 digest"});
  const Result<catalog::Entry> entry = store.import_gguf((*file)->data_path(), reference.name, {});
  (*file)->discard();
  if (!entry) return Error{entry.error().code, reference.file_url + ": " + entry.error().message};
  tell({.status = "writing manifest"});
  tell({.status = "success"});
  return {};
}

}  // namespace samovar::registry
