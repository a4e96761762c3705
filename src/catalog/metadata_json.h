// GGUF metadata and tensors as the JSON that /api/show answers with, spelled as Go's encoding/json does
// ('<', '>' and '&' escaped, floats in the shortest form).
#pragma once

#include <string>
#include <string_view>

#include "gguf/file.h"

namespace samovar::catalog {

enum class Arrays { kNull, kWhole };  // arrays (vocabularies are long) left out as null, or given whole

// A JSON object, keys in order of the alphabet. general.parameter_count is counted from the tensors;
// general.name and the chat template are left out, as Ollama does.
[[nodiscard]] std::string make_model_info_json(const gguf::File& file, Arrays arrays);

// A JSON array of {"name","type","shape"} in file order.
[[nodiscard]] std::string make_tensors_json(const gguf::File& file);

// A JSON string literal; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string quote_json(std::string_view text);

// The shortest decimal form that reads back the same; exponents only below 1e-6 and from 1e21 on.
// Infinity and NaN, which JSON lacks, give "null".
[[nodiscard]] std::string format_number(double value);
[[nodiscard]] std::string format_number(float value);

}  // namespace samovar::catalog
