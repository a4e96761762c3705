// Model names as Ollama spells them: [host/][namespace/]model[:tag].
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::catalog {

struct Name {
  std::string host = "registry.ollama.ai";
  std::string name_space = "library";
  std::string model;
  std::string tag = "latest";

  // Shortest spelling people know: default host and namespace left out, the tag always shown.
  [[nodiscard]] std::string display() const;
  // All four parts.
  [[nodiscard]] std::string full() const;
};

// Fails with kInvalidArgument "invalid model name" (parts: [A-Za-z0-9_][A-Za-z0-9_.-]*, at most 80
// characters; host at most 350 and may hold ':'; never "..").
[[nodiscard]] Result<Name> parse_name(std::string_view text);

}  // namespace samovar::catalog
