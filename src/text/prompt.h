// The text handed to a model, with the stretches that came from users marked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace samovar::text {

// A byte range [begin, end) of a Prompt's text.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// `text` is what the template rendered. A control token's spelling that overlaps a range in `plain` was
// written by a user (or came from a tool) and is encoded as ordinary text, never as the control token.
// Ranges are sorted and do not overlap.
struct Prompt {
  std::string text;
  std::vector<Range> plain;
};

}  // namespace samovar::text
