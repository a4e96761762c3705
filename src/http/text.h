// The text rules of HTTP: names without case, percent-decoding, header values, reason phrases, dates.
// Pure functions, any thread.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "http/message.h"

namespace samovar::http {

// ASCII only, as header names are.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

// "%41" -> "A"; a broken escape stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

// "1.2.3.4:80", "[::1]:80", "name:80" -> the address or name alone; IPv6 without brackets stays whole.
[[nodiscard]] std::string_view without_port(std::string_view host);

// Fills target, path and query of `request` from the request line's target; the absolute form that
// proxies send ("http://host/path") is reduced to its path.
void set_target(Request& request, std::string_view target);

// "Not Found" for 404; "Status" for a code without a phrase.
[[nodiscard]] std::string_view reason_phrase(int status);

// "Sun, 22 Nov 2026 14:53:35 GMT"
[[nodiscard]] std::string format_http_date(std::time_t unix_seconds);

// How the end of a body is told to the client.
enum class Framing { kLength, kChunked, kUntilClose, kNone };

struct Head {
  int status = 200;
  Headers headers;
  Framing framing = Framing::kLength;
  size_t body_bytes = 0;  // kLength
  bool keep_alive = true;
  std::time_t now = 0;
};

// Status line and headers with the empty line. Line breaks inside a header are dropped, so that a value
// taken from a request cannot add headers. A Date, Connection, Content-Length or Transfer-Encoding among
// `headers` is left out: the server knows better.
[[nodiscard]] std::string format_head(const Head& head);

// One chunk of the chunked transfer coding. `piece` must not be empty.
void append_chunk(std::string& out, std::string_view piece);

}  // namespace samovar::http
