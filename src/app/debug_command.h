// The parts of `samovar debug`, one file each; each returns the command's exit code.
#pragma once

#include <cstddef>
#include <string>

namespace samovar::app {

struct DebugArguments {
  std::string model;     // name or path
  std::string file;      // input, JSON; "-": standard input
  std::string out;       // logits
  bool special = false;  // tokenize
  size_t batch = 128;    // logits: rows of one pass
  size_t threads = 0;    // logits; 0: one per core
  std::string kv_cache;  // logits; "f16" or "q8_0"; empty: what the model's weights call for
  size_t top_k = 0;      // logits: only the largest are needed, others may be -infinity; 0: all
};

[[nodiscard]] int debug_tokenize(const DebugArguments& arguments);
[[nodiscard]] int debug_logits(const DebugArguments& arguments);
[[nodiscard]] int debug_template(const DebugArguments& arguments);

}  // namespace samovar::app
