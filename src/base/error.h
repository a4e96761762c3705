// Error codes and the Error value that every fallible call returns inside a Result (base/result.h).
// The message is a sentence for people: what went wrong, where, and which value.
#pragma once

#include <string>
#include <string_view>

namespace samovar {

enum class Code {
  kInvalidArgument,  // a value from outside is wrong: request field, flag, option
  kUnauthorized,     // the caller has not said who it is, or is nobody known here
  kForbidden,        // it is known who asks, and they may not
  kNotFound,         // no such model, file, chat
  kCorrupt,          // bytes break their own format: GGUF, manifest, JSON on disk
  kUnsupported,      // understood, but this program cannot do it
  kTooLong,          // the prompt does not fit the context
  kTooLarge,         // a body or file is over its limit
  kBusy,             // the queue is full
  kTooManyRequests,  // this caller asks too often
  kTimeout,          // a deadline passed
  kCancelled,        // the caller went away or asked to stop
  kOutOfMemory,      // the model does not fit
  kUnavailable,      // the upstream or the engine does not answer
  kConflict,         // port in use, name taken
  kIo,               // the operating system refused
  kInternal,         // a bug
};

// The code's name as logs and the page's JSON show it, e.g. "not-found".
[[nodiscard]] std::string_view to_string(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;
};

}  // namespace samovar
