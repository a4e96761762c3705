// Patterns of the pre-tokenizers: what each model family published with its tokenizer, in the stages that
// GGUF's names stand for.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace samovar::text {

struct PreTokenizerStyle {
  std::array<std::string_view, 6> stages;  // empty: unused. \s means Unicode White_Space
  bool whole_pieces_first = false;
};

// The style of `name`; of "default" for an unknown name. Never null.
[[nodiscard]] const PreTokenizerStyle& pre_tokenizer_style(std::string_view name);

// All known names.
[[nodiscard]] std::vector<std::string_view> pre_tokenizer_names();

}  // namespace samovar::text
