// A short-lived child process for work on bytes that may be hostile: what goes wrong there stays there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::platform {

struct ChildWish {
  std::vector<std::string> arguments;  // the first is the program's path
  std::string_view input;              // its standard input
  size_t max_output_bytes = 0;
  int64_t timeout_ms = 0;
};

enum class ChildFate : uint8_t { kExited, kDied, kTooSlow, kTooTalkative };

struct ChildEnd {
  ChildFate fate = ChildFate::kExited;
  int status = 0;      // kExited: its exit status; kDied: the signal
  std::string output;  // its standard output
};

// Runs it to its end, or kills it. It gets none of this process's files, and of its environment only what
// finds libraries; its standard error goes nowhere. Blocks; any thread. kIo: it could not be
// started (or exit status 127, where the system finds that out too late).
[[nodiscard]] Result<ChildEnd> run_child(const ChildWish& wish);

// This program's own file, also after it was replaced on disk.
[[nodiscard]] std::string own_program();

}  // namespace samovar::platform
