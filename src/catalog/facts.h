// What a GGUF file's metadata says about the model, in the words that `list` and /api/show use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gguf/file.h"

namespace samovar::catalog {

struct Facts {
  std::string architecture;        // "llama"; "" when the file does not say
  int64_t parameter_count = 0;     // elements of all tensors
  std::string parameter_size;      // "134.52M"
  std::string quantization_level;  // "Q4_1"; by general.file_type, else the type most elements have
  int64_t context_length = 0;      // 0: not said
  int64_t embedding_length = 0;
  bool embeds_only = false;   // has a pooling type: makes vectors, not text
  std::string chat_template;  // the file's own Jinja template; "" when it has none
};

[[nodiscard]] Facts read_facts(const gguf::File& file);

// 134515008 -> "134.52M", 2614341888 -> "2.6B", 7000000000 -> "7B", 999 -> "999".
[[nodiscard]] std::string format_count(int64_t count);

// GGUF's general.file_type number -> "Q4_K_M"; "" for an unknown one.
[[nodiscard]] std::string_view file_type_name(int64_t number);

}  // namespace samovar::catalog
