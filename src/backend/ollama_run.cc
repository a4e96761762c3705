#include "backend/ollama_run.h"

#include "backend/ollama_wire.h"
#include "backend/upstream_error.h"

namespace samovar::backend {
namespace {

constexpr size_t kMaxLineBytes = size_t{16} << 20U;
constexpr size_t kMaxErrorBytes = size_t{64} << 10U;

}  // namespace

void OllamaRun::on_head(int status, const http::Headers&) {
  status_ = status;
  if (status == 200) listener_->on_started();
}

bool OllamaRun::on_body(std::string_view bytes) {
  if (ended_) return true;  // what follows the last line is of no interest, but the connection is
  if (status_ != 200) {
    buffer_.append(bytes.substr(0, kMaxErrorBytes - buffer_.size()));
    return buffer_.size() < kMaxErrorBytes;
  }
  size_t begin = 0;
  for (size_t end = 0; (end = bytes.find('\n', begin)) != std::string_view::npos && !ended_;
       begin = end + 1) {
    buffer_.append(bytes.substr(begin, end - begin));
    take_line(buffer_);
    buffer_.clear();
  }
  buffer_.append(bytes.substr(begin));
  if (!ended_ && buffer_.size() > kMaxLineBytes) {
    fail({Code::kUnavailable,
          place_ + " sent a line of more than " + std::to_string(kMaxLineBytes) + " bytes"});
    return false;
  }
  return true;
}

void OllamaRun::take_line(std::string_view line) {
  if (line.find_first_not_of(" \r\t") == std::string_view::npos) return;
  Result<RunLine> read = decode_run_line(line);
  if (!read) return fail({read.error().code, place_ + " sent a broken answer: " + read.error().message});
  if (!read->error.empty()) return fail(explain_failure(std::move(read->error)));
  const Piece& piece = read->piece;
  const bool says_something = !piece.content.empty() || !piece.thinking.empty() ||
                              !piece.tool_calls.empty() || !piece.logprobs.empty();
  if (says_something) listener_->on_piece(std::move(read->piece));
  if (!read->done) return;
  ended_ = true;
  listener_->on_done(std::move(read->summary));
}

void OllamaRun::on_end(Result<void> result) {
  if (ended_) return;
  // An error's body that was cut is still the best explanation there is.
  if (status_ != 0 && status_ != 200 &&
      (result || result.error().code != Code::kCancelled || !buffer_.empty())) {
    return fail(decode_refusal(status_, buffer_, place_));
  }
  if (!result) return fail(result.error());
  if (!buffer_.empty()) take_line(std::exchange(buffer_, {}));  // a last line without its end
  if (!ended_) fail({Code::kUnavailable, "the connection to " + place_ + " was lost in mid-answer"});
}

void OllamaRun::fail(Error error) {
  if (ended_) return;
  ended_ = true;
  listener_->on_failed(std::move(error));
}

}  // namespace samovar::backend
