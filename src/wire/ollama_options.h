// The "options" object of Ollama's requests.
#pragma once

#include <string>

#include "wire/chat_message.h"
#include "wire/json.h"

namespace samovar::wire {

struct ReadOptions {
  Options options;
  // Empty, or `option "temperature" must be of type float32`. Kept apart from the request's own errors:
  // Ollama reports it after it has found the model.
  std::string error;
};

// Unknown names are ignored, null is unset, whole-number options cut fractions off.
[[nodiscard]] ReadOptions read_options(const Json& object);

}  // namespace samovar::wire
