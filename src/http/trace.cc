#include "http/trace.h"

#include <algorithm>
#include <random>

namespace samovar::http {
namespace {

constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;
constexpr size_t kHeaderBytes = 55;  // of version 00; later ones may be longer

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_trace_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::string make_hex(size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::string out(digits, '0');
  do {
    std::generate(out.begin(), out.end(), [&] { return kHex[random() & 0xFU]; });
  } while (!is_trace_id(out));
  return out;
}

}  // namespace

std::string Trace::header() const { return "00-" + trace_id + "-" + span_id + "-" + flags; }

Trace continue_trace(std::string_view traceparent) {
  const std::string_view version = traceparent.substr(0, 2);
  const bool has_form = traceparent.size() >= kHeaderBytes && is_hex(version) && version != "ff" &&
                        traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-' &&
                        (traceparent.size() == kHeaderBytes || (version != "00" && traceparent[55] == '-'));
  Trace trace;
  trace.span_id = make_hex(kSpanDigits);
  if (has_form && is_trace_id(traceparent.substr(3, kTraceDigits)) &&
      is_trace_id(traceparent.substr(36, kSpanDigits)) && is_hex(traceparent.substr(53, 2))) {
    trace.trace_id = traceparent.substr(3, kTraceDigits);
    trace.parent_id = traceparent.substr(36, kSpanDigits);
    trace.flags = traceparent.substr(53, 2);
  } else {
    trace.trace_id = make_hex(kTraceDigits);
  }
  return trace;
}

}  // namespace samovar::http
