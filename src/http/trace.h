// The trace that a request belongs to, as W3C Trace Context (and so OpenTelemetry) has it. Pure but for the
// random numbers of new ids. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace samovar::http {

struct Trace {
  std::string trace_id;   // 32 hexadecimal digits
  std::string span_id;    // 16: this server's part of it
  std::string parent_id;  // 16: the caller's part; "": the trace begins here
  std::string flags = "01";

  // "00-<trace>-<span>-<flags>": what is sent to other servers, so that this one is their caller.
  [[nodiscard]] std::string header() const;
};

// A part of the trace that a "traceparent" header names; one that is missing or wrong begins a new trace.
[[nodiscard]] Trace continue_trace(std::string_view traceparent);

}  // namespace samovar::http
