#include "text/stream_decoder.h"

#include "base/utf8.h"

namespace samovar::text {

std::string StreamDecoder::push(TokenId id) {
  pending_ += tokenizer_->token_bytes(id, Specials::kAsText);
  std::string out;
  out.reserve(pending_.size());
  size_t at = 0;
  while (at < pending_.size()) {
    const Utf8Char c = decode_utf8(pending_, at);
    if (c.state == Utf8State::kCut) break;
    if (c.state == Utf8State::kWhole) {
      out.append(pending_, at, c.size);
    } else {
      append_utf8(kReplacementCharacter, out);
    }
    at += c.size;
  }
  pending_.erase(0, at);
  return out;
}

std::string StreamDecoder::finish() {
  std::string out;
  if (!pending_.empty()) append_utf8(kReplacementCharacter, out);
  pending_.clear();
  return out;
}

}  // namespace samovar::text
