// Cuts text into the pieces that byte-level BPE works on, by the regular expressions of a model family.
// Immutable after construction, any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::text {

class PreTokenizer {
 public:
  // `name` is GGUF's tokenizer.ggml.pre; an unknown one becomes "default". Fails with kInternal if the
  // regular expression library refuses a pattern.
  [[nodiscard]] static Result<PreTokenizer> make(std::string_view name);
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  // End offsets of the pieces, ascending; the last is text.size(), none for "". Any bytes: those that are not
  // UTF-8 count as U+FFFD.
  [[nodiscard]] std::vector<size_t> split(std::string_view text) const;

  // Whether a piece that is a token as a whole is taken at once, without merges (Llama 3).
  [[nodiscard]] bool whole_pieces_first() const { return whole_pieces_first_; }

 private:
  class Pattern;

  PreTokenizer();
  [[nodiscard]] std::vector<size_t> split_valid(std::string_view text) const;

  std::vector<Pattern> stages_;  // each cuts the pieces of the one before it further
  bool whole_pieces_first_ = false;
};

}  // namespace samovar::text
