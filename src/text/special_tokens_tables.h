// Well-known spellings of special tokens, where files do not tell enough about them.
#pragma once

#include <span>
#include <string_view>

namespace samovar::text {

enum class KnownRole : unsigned char {
  kEndsGeneration,  // a control token whose arrival ends the answer
  kControl,         // a control token (fill in the middle)
  kRendered,        // shown in the answer although the file calls it a control token (gpt-oss channels)
  kTurn,            // opens a turn: users must not be able to write it
};

struct KnownToken {
  std::string_view spelling;
  KnownRole role;
};

[[nodiscard]] std::span<const KnownToken> known_tokens();

}  // namespace samovar::text
