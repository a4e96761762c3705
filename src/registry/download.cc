#include "registry/download.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "http/text.h"

namespace samovar::registry {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kSaveEvery{1000};

std::optional<int64_t> read_count(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

struct ContentRange {
  int64_t first = -1;
  int64_t total = -1;  // -1: '*'
};

// "bytes 0-98362469/98362470"
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const size_t dash = text.find('-');
  const size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = read_count(text.substr(0, dash));
  const auto total = read_count(text.substr(slash + 1));
  if (!first || (!total && text.substr(slash + 1) != "*")) return std::nullopt;
  return ContentRange{*first, total.value_or(-1)};
}

// One attempt at one part, on the client's thread.
class Attempt : public http::ClientListener {
 public:
  Attempt(PartFile& file, Part& part, int64_t total_bytes)
      : file_(file), part_(part), total_bytes_(total_bytes), begun_at_(part.completed) {
    touched_ = Clock::now();
  }

  void on_head(int status, const http::Headers& headers) override {
    const std::lock_guard lock(mutex_);
    touched_ = Clock::now();
    status_ = status;
    if (status == 200 && part_.offset == 0 && begun_at_ == 0) return;
    if (status != 206) {
      refusal_ =
          Error{Code::kUnavailable, "the server answered a range with status " + std::to_string(status)};
      return;
    }
    const auto range = parse_content_range(http::find_header(headers, "Content-Range"));
    const bool right = range && range->first == part_.offset + begun_at_ &&
                       (range->total < 0 || range->total == total_bytes_);
    if (!right) {
      refusal_ = Error{Code::kCorrupt, "the server answered with another range than was asked for (" +
                                           std::string(http::find_header(headers, "Content-Range")) + ")"};
    }
  }

  bool on_body(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    touched_ = Clock::now();
    if (refusal_ || abandoned_) return false;
    const auto wanted = static_cast<size_t>(part_.left());
    const Result<void> written = file_.write(part_, bytes.data(), std::min(bytes.size(), wanted));
    if (!written) refusal_ = written.error();
    // A server that ignores ranges goes on behind the part's end; what is wanted is there.
    return written.ok() && bytes.size() <= wanted;
  }

  void on_end(Result<void> result) override {
    const std::lock_guard lock(mutex_);
    if (refusal_) {
      result = *refusal_;
    } else if (part_.left() == 0) {
      result = {};
    } else if (result.ok()) {
      result = Error{Code::kUnavailable, "the server ended its answer too early"};
    }
    end_ = std::move(result);
  }

  [[nodiscard]] std::optional<Result<void>> end() {
    const std::lock_guard lock(mutex_);
    return end_;
  }
  [[nodiscard]] Clock::time_point touched() {
    const std::lock_guard lock(mutex_);
    return touched_;
  }
  [[nodiscard]] bool progressed() const { return part_.completed > begun_at_; }
  [[nodiscard]] int status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  // The part's counter is no longer touched from here on.
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }

 private:
  PartFile& file_;
  Part& part_;
  const int64_t total_bytes_;
  const int64_t begun_at_;
  std::mutex mutex_;  // guards everything below, and the writing
  Clock::time_point touched_;
  int status_ = 0;
  bool abandoned_ = false;
  std::optional<Error> refusal_;
  std::optional<Result<void>> end_;
};

struct Stream {  // what is known of one part's transfer
  Part* part = nullptr;
  std::shared_ptr<Attempt> attempt;  // under way
  std::shared_ptr<http::ClientCall> call;
  int tries = 0;
  Clock::time_point not_before;
};

class Download {
 public:
  Download(Session& session, std::string url, PartFile& file, const DownloadOptions& options)
      : session_(session), url_(std::move(url)), file_(file), options_(options) {}
  ~Download();
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  [[nodiscard]] Result<void> run(int64_t size_bytes, const DownloadProgress& progress);

 private:
  [[nodiscard]] Result<void> locate(size_t n_running);
  [[nodiscard]] Result<void> begin_some();
  [[nodiscard]] Result<void> check(Stream& stream);
  [[nodiscard]] Result<void> retry(Stream& stream, const Error& error, bool progressed);
  void begin(Stream& stream);

  Session& session_;
  const std::string url_;
  PartFile& file_;
  const DownloadOptions& options_;
  int64_t size_bytes_ = 0;
  std::string direct_url_;  // behind the redirects; empty: to be found out (again)
  int locate_tries_ = 0;
  Clock::time_point locate_not_before_;
  std::vector<Stream> streams_;
};

Download::~Download() {
  for (Stream& stream : streams_) {
    if (!stream.attempt) continue;
    stream.attempt->abandon();
    stream.call->cancel();
  }
  // The listeners write into file_, so they must have ended before it goes.
  for (Stream& stream : streams_) {
    while (stream.attempt && !stream.attempt->end()) std::this_thread::sleep_for(milliseconds(1));
  }
}

// Signed addresses expire, so it is asked for again after every failure.
Result<void> Download::locate(size_t n_running) {
  if (!direct_url_.empty() || Clock::now() < locate_not_before_) return {};
  const Result<RemoteFile> remote = probe(session_, url_);
  if (session_.stop().requested()) return Stop::error();
  if (!remote) {
    const bool final = remote.error().code != Code::kUnavailable && remote.error().code != Code::kTimeout;
    if (final || ++locate_tries_ >= options_.max_tries) return remote.error();
    locate_not_before_ = Clock::now() + options_.retry_delay * (1 << (locate_tries_ - 1));
    return {};
  }
  locate_tries_ = 0;
  if (remote->size_bytes >= 0 && remote->size_bytes != size_bytes_) {
    return Error{Code::kCorrupt, "the server has " + std::to_string(remote->size_bytes) +
                                     " bytes instead of " + std::to_string(size_bytes_)};
  }
  if (!remote->gives_ranges && n_running > 0) return {};  // the parts must rest before they are thrown away
  if (!remote->gives_ranges && file_.parts().size() != 1) {
    file_.make_single();
    streams_.clear();
  } else if (!remote->gives_ranges) {
    file_.parts().front()->completed = 0;
  }
  if (streams_.empty()) {
    for (const auto& part : file_.parts()) {
      Stream& stream = streams_.emplace_back();
      stream.part = part.get();
    }
  }
  direct_url_ = remote->url;
  return {};
}

void Download::begin(Stream& stream) {
  const int64_t first = stream.part->offset + stream.part->completed;
  const int64_t last = stream.part->offset + stream.part->size - 1;
  http::ClientRequest request;
  request.url = direct_url_;
  request.headers = session_.authorization_for(direct_url_);
  request.headers.emplace_back("Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last));
  request.connect_timeout_ms = 30'000;
  request.verify_tls = !session_.insecure();
  stream.attempt = std::make_shared<Attempt>(file_, *stream.part, size_bytes_);
  stream.call = session_.client().start(std::move(request), stream.attempt);
}

Result<void> Download::begin_some() {
  const auto now = Clock::now();
  auto running = static_cast<size_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const Stream& stream) { return stream.attempt != nullptr; }));
  if (Result<void> located = locate(running); !located) return located;
  if (direct_url_.empty()) return {};
  for (Stream& stream : streams_) {
    if (running >= options_.n_streams) break;
    if (stream.attempt || stream.part->left() == 0 || now < stream.not_before) continue;
    begin(stream);
    ++running;
  }
  return {};
}

Result<void> Download::retry(Stream& stream, const Error& error, bool progressed) {
  stream.attempt.reset();
  stream.call.reset();
  if (error.code == Code::kIo) return error;  // the disk's, not the server's
  if (progressed) stream.tries = 0;
  if (++stream.tries >= options_.max_tries) {
    return Error{error.code, error.message + " (" + std::to_string(stream.tries) + " tries)"};
  }
  stream.not_before = Clock::now() + options_.retry_delay * (1 << (stream.tries - 1));
  direct_url_.clear();
  return {};
}

Result<void> Download::check(Stream& stream) {
  if (!stream.attempt) return {};
  if (const auto end = stream.attempt->end()) {
    if (!end->ok()) return retry(stream, end->error(), stream.attempt->progressed());
    stream.attempt.reset();
    stream.call.reset();
    return {};
  }
  if (Clock::now() - stream.attempt->touched() < options_.stall) return {};
  const bool progressed = stream.attempt->progressed();
  stream.attempt->abandon();
  stream.call->cancel();
  while (!stream.attempt->end()) std::this_thread::sleep_for(milliseconds(1));
  return retry(
      stream,
      {Code::kTimeout, "the server sent nothing for " + std::to_string(options_.stall.count() / 1000) + " s"},
      progressed);
}

Result<void> Download::run(int64_t size_bytes, const DownloadProgress& progress) {
  size_bytes_ = size_bytes;
  auto saved = Clock::now();
  while (!file_.is_whole()) {
    if (session_.stop().requested()) {
      const Result<void> kept = file_.save();
      return kept ? Result<void>(Stop::error()) : kept;
    }
    if (Result<void> begun = begin_some(); !begun) return begun;
    session_.stop().sleep(options_.report);
    for (Stream& stream : streams_) {
      if (Result<void> checked = check(stream); !checked) {
        const Result<void> kept = file_.save();
        return kept ? checked : kept;
      }
    }
    progress(file_.completed_bytes());
    if (Clock::now() - saved < kSaveEvery) continue;
    if (Result<void> kept = file_.save(); !kept) return kept;
    saved = Clock::now();
  }
  progress(size_bytes);
  return file_.save();
}

}  // namespace

Result<RemoteFile> probe(Session& session, const std::string& url) {
  http::ClientRequest request;
  request.url = url;
  request.headers = {{"Range", "bytes=0-0"}};
  const Result<Reply> reply = session.ask(std::move(request), Redirects::kFollow, Body::kHeadOnly);
  if (!reply) return reply.error();
  RemoteFile file;
  file.url = reply->url;
  file.etag = reply->header("ETag");
  if (reply->status == 206) {
    const auto range = parse_content_range(reply->header("Content-Range"));
    if (!range) return Error{Code::kCorrupt, "the server answers ranges without saying which"};
    file.gives_ranges = true;
    file.size_bytes = range->total;
    return file;
  }
  if (reply->status == 200) {
    file.size_bytes = read_count(reply->header("Content-Length")).value_or(-1);
    return file;
  }
  if (reply->status == 404) return Error{Code::kNotFound, "file does not exist"};
  const bool may_pass = reply->status >= 500 || reply->status == 429 || reply->status == 408;
  return Error{may_pass ? Code::kUnavailable : Code::kInvalidArgument,
               http::url_origin(reply->url) + " refuses: " + explain_status(*reply)};
}

Result<void> download(Session& session, const std::string& url, PartFile& file,
                      const DownloadOptions& options, const DownloadProgress& progress) {
  int64_t size_bytes = 0;
  for (const auto& part : file.parts()) size_bytes += part->size;
  return Download(session, url, file, options).run(size_bytes, progress);
}

}  // namespace samovar::registry
