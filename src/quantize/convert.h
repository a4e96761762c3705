// A GGUF file -> one of another type. Rows are read, converted and written a few megabytes at a time, so that
// memory stays bounded whatever the model's size; a crash leaves at worst an unfinished file beside the
// target.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "gguf/file.h"
#include "platform/thread_pool.h"
#include "quantize/plan.h"

namespace samovar::quantize {

struct Progress {
  size_t tensor = 0;  // under way, from 0
  size_t n_tensors = 0;
  int64_t done_bytes = 0;  // of the source
  int64_t total_bytes = 0;
};
// False: stop.
using Tell = std::function<bool(const Progress&)>;

struct Order {
  FileType type;
  Requantize requantize = Requantize::kRefuse;
};

struct Outcome {
  int64_t source_bytes = 0;               // of all tensors
  int64_t bytes = 0;                      // of the file
  std::map<std::string, size_t> tensors;  // how many of each type: "Q6_K" -> 12
};

// Writes `target`, which is replaced where it exists, by way of an unfinished file beside it. Fails as
// plan_types does, with kCancelled, kIo (disk full, says how much is needed; no permission), or kUnsupported
// for values that are not finite or too large for the type; messages name the tensor.
[[nodiscard]] Result<Outcome> convert_file(const gguf::File& source, const std::filesystem::path& target,
                                           const Order& order, platform::ThreadPool& pool, const Tell& tell);

}  // namespace samovar::quantize
