#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>

#include "base/ascii.h"
#include "base/check.h"
#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/store_files.h"
#include "registry/transfer.h"

namespace samovar::registry {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kPushParts = 16;
constexpr int64_t kMinPushBytes = int64_t{100} << 20U;
constexpr int64_t kMaxPushBytes = int64_t{1} << 30U;
constexpr int64_t kReportEveryBytes = int64_t{4} << 20U;

// The MD5 of a stretch of a file: storage behind ollama.com wants it of every part.
class Md5 {
 public:
  Md5() { CHECK(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_md5(), nullptr) == 1); }
  ~Md5() { EVP_MD_CTX_free(context_); }
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;

  void add(std::string_view bytes) { CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1); }
  std::string finish() {  // 16 bytes
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned int size = 0;
    CHECK(EVP_DigestFinal_ex(context_, raw.data(), &size) == 1);
    return {reinterpret_cast<const char*>(raw.data()), size};
  }

 private:
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

Result<std::string> md5_of(const fs::path& path, int64_t offset, int64_t bytes) {
  std::ifstream in(path, std::ios::binary);
  in.seekg(offset);
  Md5 md5;
  std::string buffer(size_t{1} << 20U, '\0');
  while (bytes > 0) {
    const int64_t wanted = std::min(bytes, static_cast<int64_t>(buffer.size()));
    in.read(buffer.data(), wanted);
    if (in.gcount() != wanted) return Error{Code::kIo, "cannot read " + path.string()};
    md5.add({buffer.data(), static_cast<size_t>(wanted)});
    bytes -= wanted;
  }
  return md5.finish();
}

class Pusher {
 public:
  Pusher(const fs::path& root, Session& session, const Reference& reference, const DownloadOptions& options,
         const Tell& tell)
      : root_(root),
        session_(session),
        options_(options),
        tell_(tell),
        repository_("/v2/" + reference.name.name_space + "/" + reference.name.model) {}

  [[nodiscard]] Result<void> push_blob(const catalog::Layer& layer);
  [[nodiscard]] Result<void> put_manifest(const std::string& tag, const std::string& text);

 private:
  [[nodiscard]] Result<bool> has(const catalog::Layer& layer);
  [[nodiscard]] Result<void> upload(const catalog::Layer& layer);
  [[nodiscard]] Result<std::string> send_part(const catalog::Layer& layer, int64_t offset, int64_t bytes,
                                              const std::string& location);
  [[nodiscard]] Error refused(const std::string& what, const Reply& reply) const {
    const bool mine = reply.status >= 400 && reply.status < 500 && reply.status != 429 && reply.status != 408;
    return {mine ? Code::kInvalidArgument : Code::kUnavailable,
            session_.base_url() + " refused " + what + ": " + explain_status(reply)};
  }
  void tell_layer(const catalog::Layer& layer, int64_t completed) const {
    tell_({"pushing " + layer.digest_hex.substr(0, 12), "sha256:" + layer.digest_hex, layer.size_bytes,
           completed});
  }

  const fs::path& root_;
  Session& session_;
  const DownloadOptions& options_;
  const Tell& tell_;
  const std::string repository_;
  std::mutex mutex_;  // tell_ is called from the client's thread too, while this one waits
};

Result<bool> Pusher::has(const catalog::Layer& layer) {
  http::ClientRequest request;
  request.method = "HEAD";
  request.url = repository_ + "/blobs/sha256:" + layer.digest_hex;
  const Result<Reply> reply = session_.ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->status == 404) return false;
  if (reply->status >= 200 && reply->status < 300) return true;
  return refused("the question for a blob", *reply);
}

Result<std::string> Pusher::send_part(const catalog::Layer& layer, int64_t offset, int64_t bytes,
                                      const std::string& location) {
  http::ClientRequest request;
  request.method = "PATCH";
  request.url = location;
  request.headers = {{"Content-Type", "application/octet-stream"},
                     {"Content-Range", std::to_string(offset) + "-" + std::to_string(offset + bytes - 1)},
                     {"X-Redirect-Uploads", "1"}};
  int64_t told = 0;
  request.file = http::FileBody{.path = catalog::blob_path(root_, layer.digest_hex),
                                .offset = offset,
                                .bytes = bytes,
                                .on_sent = [&, offset](int64_t sent) {
                                  if (sent - told < kReportEveryBytes && sent < bytes) return;
                                  told = sent;
                                  const std::lock_guard lock(mutex_);
                                  tell_layer(layer, offset + sent);
                                }};
  Result<Reply> reply = session_.ask(request, Redirects::kGive);
  if (!reply) return reply.error();
  const std::string next = reply->header("Docker-Upload-Location").empty()
                               ? reply->header("Location")
                               : reply->header("Docker-Upload-Location");
  if (reply->status == 307) {  // to storage that takes the part itself
    request.method = "PUT";
    request.url = session_.resolve(reply->header("Location"), reply->url);
    request.headers.clear();
    const Result<Reply> stored = session_.ask(request, Redirects::kGive);
    if (!stored) return stored.error();
    if (stored->status >= 300) return refused("a part", *stored);
    return session_.resolve(next, reply->url);
  }
  if (reply->status >= 300) return refused("a part", *reply);
  return next.empty() ? location : session_.resolve(next, reply->url);
}

Result<void> Pusher::upload(const catalog::Layer& layer) {
  http::ClientRequest begin;
  begin.method = "POST";
  begin.url = repository_ + "/blobs/uploads/";
  const Result<Reply> begun = session_.ask(std::move(begin), Redirects::kGive);
  if (!begun) return begun.error();
  if (begun->status == 201) return {};  // it had it after all
  if (begun->status != 202) return refused("the upload", *begun);
  std::string location = session_.resolve(begun->header("Location"), begun->url);
  const int64_t part_bytes = std::clamp(layer.size_bytes / kPushParts, kMinPushBytes, kMaxPushBytes);
  Md5 sums;
  int64_t n_parts = 0;
  for (int64_t offset = 0; offset < layer.size_bytes; offset += part_bytes, ++n_parts) {
    const int64_t bytes = std::min(part_bytes, layer.size_bytes - offset);
    const Result<std::string> sum = md5_of(catalog::blob_path(root_, layer.digest_hex), offset, bytes);
    if (!sum) return sum.error();
    sums.add(*sum);
    const Result<std::string> next = send_part(layer, offset, bytes, location);
    if (!next) return next.error();
    location = *next;
  }
  http::ClientRequest end;
  end.method = "PUT";
  end.url = location + (location.find('?') == std::string::npos ? "?" : "&") + "digest=sha256%3A" +
            layer.digest_hex + "&etag=" + to_hex(sums.finish()) + "-" + std::to_string(n_parts);
  end.headers = {{"Content-Type", "application/octet-stream"}};
  const Result<Reply> ended = session_.ask(std::move(end), Redirects::kGive);
  if (!ended) return ended.error();
  if (ended->status >= 300) return refused("the blob sha256:" + layer.digest_hex, *ended);
  return {};
}

Result<void> Pusher::push_blob(const catalog::Layer& layer) {
  for (int attempt = 1;; ++attempt) {
    const Result<bool> there = has(layer);
    Result<void> done = there ? Result<void>() : Result<void>(there.error());
    if (there && !*there) done = upload(layer);
    if (session_.stop().requested()) return Stop::error();
    if (done) {
      tell_layer(layer, layer.size_bytes);
      return {};
    }
    const bool may_pass = done.error().code == Code::kUnavailable || done.error().code == Code::kTimeout;
    // What never began will not begin later either: only a transfer is worth waiting for.
    if (!may_pass || !there || attempt >= options_.max_tries) return done;
    session_.stop().sleep(options_.retry_delay * (1 << (attempt - 1)));
  }
}

Result<void> Pusher::put_manifest(const std::string& tag, const std::string& text) {
  http::ClientRequest request;
  request.method = "PUT";
  request.url = repository_ + "/manifests/" + tag;
  request.headers = {{"Content-Type", std::string(catalog::kManifestType)}};
  request.body = text;
  const Result<Reply> reply = session_.ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->status >= 300) return refused("the manifest", *reply);
  return {};
}

}  // namespace

Result<void> push_model(const catalog::Store& store, Session& session, const Reference& reference,
                        const DownloadOptions& options, const Tell& tell) {
  tell({.status = "retrieving manifest"});
  const Result<std::string> text = store.manifest_text(reference.name);
  if (!text) {
    tell({.status = "couldn't retrieve manifest"});
    if (text.error().code != Code::kNotFound) return text.error();
    return Error{Code::kNotFound, "open " + catalog::manifest_path(store.root(), reference.name).string() +
                                      ": no such file or directory"};
  }
  const Result<catalog::Manifest> manifest = catalog::parse_manifest(*text);
  if (!manifest) return manifest.error();
  Pusher pusher(store.root(), session, reference, options, tell);
  for (const catalog::Layer& layer : catalog::list_blobs(*manifest)) {
    if (Result<void> pushed = pusher.push_blob(layer); !pushed) return pushed;
  }
  tell({.status = "pushing manifest"});
  if (Result<void> put = pusher.put_manifest(reference.name.tag, *text); !put) return put;
  tell({.status = "success"});
  return {};
}

}  // namespace samovar::registry
