// What people name to `pull` and `push`: a model of a registry, or the address of a GGUF file.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/name.h"

namespace samovar::registry {

struct Reference {
  catalog::Name name;          // what it is called in the store
  std::string base_url;        // of the registry: "https://registry.ollama.ai"; empty: a file
  std::string file_url;        // of a GGUF file
  bool may_fall_back = false;  // insecure, no scheme given: plain HTTP when HTTPS is not understood
};

// "gemma2:2b", "hf.co/user/repo:Q4_0", "host:5000/space/model", "https://host/path/Some-Model.gguf" (which is
// called "some-model:latest"). A scheme of plain HTTP counts only when `insecure`, as with Ollama.
// kInvalidArgument: "invalid model name"; for files also a sentence about the address.
[[nodiscard]] Result<Reference> parse_reference(std::string_view text, bool insecure);

}  // namespace samovar::registry
