// The vocabulary of a GGUF file (keys tokenizer.ggml.*) as plain data for text/.
#pragma once

#include "base/result.h"
#include "gguf/file.h"
#include "text/vocabulary.h"

namespace samovar::model {

// Fails with kCorrupt when a key is missing or of another type; the message names it.
[[nodiscard]] Result<text::Vocabulary> read_vocabulary(const gguf::File& file);

}  // namespace samovar::model
