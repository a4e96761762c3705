#include "backend/ollama_library.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "backend/ollama_address.h"
#include "backend/upstream_error.h"
#include "catalog/digest.h"
#include "wire/json_depth.h"

namespace samovar::backend {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxStreamLineBytes = size_t{1} << 20U;
constexpr int64_t kLibraryQueryMs = 60'000;

std::string dump_compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Turns the NDJSON of a long operation into calls of a ProgressListener.
class ProgressStream : public http::ClientListener {
 public:
  ProgressStream(std::shared_ptr<ProgressListener> listener, std::string place)
      : listener_(std::move(listener)), place_(std::move(place)) {}

  void on_head(int status, const http::Headers&) override { status_ = status; }
  bool on_body(std::string_view bytes) override {
    buffer_ += bytes;
    size_t end = 0;
    while (status_ == 200 && !error_ && (end = buffer_.find('\n')) != std::string::npos) {
      take_line(buffer_.substr(0, end));
      buffer_.erase(0, end + 1);
    }
    return buffer_.size() <= kMaxStreamLineBytes;
  }
  void on_end(Result<void> result) override {
    if (status_ != 0 && status_ != 200) return listener_->on_end(decode_error(status_, buffer_, place_));
    if (status_ == 200 && !error_ && !buffer_.empty()) take_line(buffer_);
    if (error_) return listener_->on_end(*error_);
    if (result && !succeeded_) result = Error{Code::kUnavailable, place_ + " ended its answer too early"};
    listener_->on_end(std::move(result));
  }

 private:
  void take_line(const std::string& line) {
    if (line.empty()) return;
    const Json json = wire::parse_json_value<Json>(line);
    if (!json.is_object()) {
      error_ = Error{Code::kUnavailable, place_ + " answered with something that is not JSON"};
      return;
    }
    const auto text = [&json](const char* name) {
      const Json value = json.value(name, Json());
      return value.is_string() ? value.get<std::string>() : std::string();
    };
    const auto number = [&json](const char* name) {
      const Json value = json.value(name, Json());
      return value.is_number() ? value.get<int64_t>() : int64_t{0};
    };
    if (std::string error = text("error"); !error.empty()) {
      error_ = Error{Code::kUnavailable, std::move(error)};
      return;
    }
    succeeded_ = text("status") == "success";
    listener_->on_progress({.status = text("status"),
                            .digest = text("digest"),
                            .total_bytes = number("total"),
                            .completed_bytes = number("completed")});
  }

  std::shared_ptr<ProgressListener> listener_;
  std::string place_;
  std::string buffer_;
  int status_ = 0;
  bool succeeded_ = false;
  std::optional<Error> error_;
};

class WholeAnswer : public http::ClientListener {
 public:
  WholeAnswer(std::function<void(int, std::string)> take, std::function<void(Error)> fail)
      : take_(std::move(take)), fail_(std::move(fail)) {}
  void on_head(int status, const http::Headers&) override { status_ = status; }
  bool on_body(std::string_view bytes) override {
    body_ += bytes;
    return body_.size() <= kMaxStreamLineBytes;
  }
  void on_end(Result<void> result) override {
    if (!result) return fail_(result.error());
    take_(status_, std::move(body_));
  }

 private:
  std::function<void(int, std::string)> take_;
  std::function<void(Error)> fail_;
  std::string body_;
  int status_ = 0;
};

class TransferCall : public Run {
 public:
  explicit TransferCall(std::shared_ptr<http::ClientCall> call) : call_(std::move(call)) {}
  void cancel() override { call_->cancel(); }

 private:
  std::shared_ptr<http::ClientCall> call_;
};

Json object_or_null(const std::string& json) {
  return json.empty() ? Json() : wire::parse_json_value<Json>(json);
}

std::string encode_transfer(const TransferRequest& request) {
  return dump_compact(Json{{"model", request.model}, {"insecure", request.insecure}});
}

std::string encode_create(const CreateRequest& request) {
  Json json = {{"model", request.model}};
  const auto add = [&json](const char* name, Json value) {
    if (!value.empty()) json[name] = std::move(value);
  };
  const auto add_text = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  add_text("from", request.from);
  add("files", Json(request.files));
  add("adapters", Json(request.adapters));
  add_text("template", request.template_text);
  add_text("system", request.system);
  add("license", Json(request.licenses));
  add("parameters", object_or_null(request.params_json));
  add("messages", object_or_null(request.messages_json));
  add_text("quantize", request.quantize);
  return dump_compact(json);
}

}  // namespace

Result<std::shared_ptr<Library>> OllamaLibrary::make(std::string_view address, std::string api_key) {
  Result<std::string> base_url = parse_ollama_address(address);
  if (!base_url) return base_url.error();
  return std::shared_ptr<Library>(new OllamaLibrary(*std::move(base_url), std::move(api_key)));
}

OllamaLibrary::~OllamaLibrary() = default;

std::shared_ptr<http::ClientCall> OllamaLibrary::send(http::ClientRequest request,
                                                      std::shared_ptr<http::ClientListener> listener) {
  if (!api_key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + api_key_);
  return http_->start(std::move(request), std::move(listener));
}

std::shared_ptr<Run> OllamaLibrary::stream(const std::string& path, std::string body,
                                           std::shared_ptr<ProgressListener> listener) {
  http::ClientRequest request{.method = "POST",
                              .url = base_url_ + path,
                              .headers = {{"Content-Type", "application/json"}},
                              .body = std::move(body)};
  auto lines = std::make_shared<ProgressStream>(std::move(listener), base_url_);
  return std::make_shared<TransferCall>(send(std::move(request), std::move(lines)));
}

std::shared_ptr<Run> OllamaLibrary::pull(TransferRequest request,
                                         std::shared_ptr<ProgressListener> listener) {
  return stream("/api/pull", encode_transfer(request), std::move(listener));
}

std::shared_ptr<Run> OllamaLibrary::push(TransferRequest request,
                                         std::shared_ptr<ProgressListener> listener) {
  return stream("/api/push", encode_transfer(request), std::move(listener));
}

std::shared_ptr<Run> OllamaLibrary::create(CreateRequest request,
                                           std::shared_ptr<ProgressListener> listener) {
  return stream("/api/create", encode_create(request), std::move(listener));
}

void OllamaLibrary::ask(http::ClientRequest request, Answer take, std::function<void(Error)> fail) {
  request.url = base_url_ + request.url;
  if (!request.file) request.deadline_ms = kLibraryQueryMs;
  send(std::move(request), std::make_shared<WholeAnswer>(std::move(take), std::move(fail)));
}

void OllamaLibrary::order(http::ClientRequest request, Callback<void> callback) {
  ask(
      std::move(request),
      [callback, place = base_url_](int status, const std::string& body) {
        callback(status == 200 ? Result<void>() : Result<void>(decode_error(status, body, place)));
      },
      [callback](Error error) { callback(std::move(error)); });
}

void OllamaLibrary::copy(std::string source, std::string destination, Callback<void> callback) {
  http::ClientRequest request{.method = "POST",
                              .url = "/api/copy",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = dump_compact(Json{{"source", source}, {"destination", destination}})};
  order(std::move(request), std::move(callback));
}

void OllamaLibrary::remove(std::string model, Callback<void> callback) {
  http::ClientRequest request{.method = "DELETE",
                              .url = "/api/delete",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = dump_compact(Json{{"model", model}})};
  order(std::move(request), std::move(callback));
}

void OllamaLibrary::has_blob(std::string digest, Callback<bool> callback) {
  http::ClientRequest request{.method = "HEAD", .url = "/api/blobs/" + digest};
  ask(
      std::move(request),
      [callback, place = base_url_](int status, const std::string& body) {
        if (status == 200 || status == 404) return callback(status == 200);
        callback(decode_error(status, body, place));
      },
      [callback](Error error) { callback(std::move(error)); });
}

// A body on its way through this server to another would have to be kept here: whoever has a file sends it
// there.
void OllamaLibrary::put_blob(std::string digest, std::shared_ptr<http::BodyPipe> body,
                             Callback<bool> callback) {
  static_cast<void>(digest);
  body->close();
  callback(Error{Code::kUnsupported, "the models are kept by " + base_url_ + ": upload the blob there"});
}

void OllamaLibrary::add_file(std::filesystem::path file, FileProgress progress,
                             Callback<std::string> callback) {
  // Hashing takes seconds; the caller's thread may be one that must not wait.
  const std::lock_guard lock(mutex_);
  hashers_.emplace_back([this, file = std::move(file), progress = std::move(progress),
                         callback = std::move(callback)]() mutable {
    std::error_code failed;
    const auto size = static_cast<int64_t>(std::filesystem::file_size(file, failed));
    const Result<std::string> hex = catalog::hash_file(file, [&](int64_t done) {
      if (progress) progress(done, 2 * size);
    });
    if (!hex) return callback(hex.error());
    const std::string digest = "sha256:" + *hex;
    has_blob(digest, [this, file, digest, progress, callback](Result<bool> there) {
      if (!there) return callback(there.error());
      if (*there) return callback(digest);
      upload(file, digest, progress, callback);
    });
  });
}

void OllamaLibrary::upload(std::filesystem::path file, const std::string& digest, FileProgress progress,
                           Callback<std::string> callback) {
  std::error_code failed;
  const auto size = static_cast<int64_t>(std::filesystem::file_size(file, failed));
  http::ClientRequest request{.method = "POST", .url = "/api/blobs/" + digest};
  request.file = http::FileBody{
      .path = std::move(file), .offset = 0, .bytes = size, .on_sent = [progress, size](int64_t sent) {
        if (progress) progress(size + sent, 2 * size);
      }};
  ask(
      std::move(request),
      [callback, digest, place = base_url_](int status, const std::string& body) {
        if (status == 200 || status == 201) return callback(digest);
        callback(decode_error(status, body, place));
      },
      [callback](Error error) { callback(std::move(error)); });
}

}  // namespace samovar::backend
