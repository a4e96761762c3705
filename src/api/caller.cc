#include "api/caller.h"

#include <charconv>

#include "api/to_backend.h"
#include "wire/go_time.h"

namespace samovar::api {
namespace {

constexpr int64_t kLongestMs = 86'400'000;
constexpr size_t kMaxIdBytes = 128;
constexpr size_t kIdLetters = 16;

}  // namespace

void Caller::stamp(backend::Request& request) const {
  request.client = client;
  request.user = user;
  request.id = id;
  request.traceparent = traceparent;
  request.deadline_ms = deadline_ms;
}

std::string client_of(const http::Request& request) {
  return request.client.empty() ? request.remote_address : request.client;
}

Result<int64_t> parse_timeout(std::string_view text) {
  double seconds = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  int64_t ms = -1;
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0 && seconds < 1e9) {
    ms = static_cast<int64_t>(seconds * 1000);
    if (ms == 0 && seconds > 0) ms = 1;
  } else if (const auto duration = wire::parse_duration(std::string(text)); duration && *duration >= 0) {
    ms = *duration / 1'000'000;
  }
  if (ms < 0 || ms > kLongestMs) {
    return Error{Code::kInvalidArgument,
                 "\"" + std::string(text) + "\": expected seconds, or a duration such as 90s, up to a day"};
  }
  return ms;
}

Caller read_caller(const Deps& deps, const http::Request& request) {
  Caller out;
  out.client = client_of(request);
  out.user = request.user;
  out.id = std::string(request.header("X-Request-Id").substr(0, kMaxIdBytes));
  if (out.id.empty()) out.id = make_id("req_", kIdLetters);
  if (!request.trace.trace_id.empty()) out.traceparent = request.trace.header();
  out.deadline_ms = deps.request_timeout_ms;
  if (const auto given = request.header("X-Request-Timeout"); !given.empty()) {
    // A filter has refused what cannot be read.
    if (const auto timeout = parse_timeout(given)) out.deadline_ms = *timeout;
  }
  return out;
}

}  // namespace samovar::api
