// A request's messages or prompt -> the token ids that the engine computes.
#pragma once

#include <vector>

#include "backend/resident.h"

namespace samovar::backend {

struct BuiltPrompt {
  std::vector<text::TokenId> tokens;
  bool thinking_open = false;  // the prompt ends inside the model's thoughts
};

// Fails with kInvalidArgument (the template refuses, no place for a suffix) or kUnsupported.
[[nodiscard]] Result<BuiltPrompt> build_prompt(const Resident& resident, const Request& request);

}  // namespace samovar::backend
