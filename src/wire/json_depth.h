// A guard for JSON from outside that is read with nlohmann/json: its values are copied and written
// recursively, so a text of nothing but brackets would overflow the stack.
#pragma once

#include <cstddef>
#include <string_view>

namespace samovar::wire {

// More than any client, model or Ollama writes.
constexpr size_t kMaxJsonDepth = 200;

// Whether arrays and objects of `json` (any text) nest more than `depth` deep.
[[nodiscard]] bool nests_deeper_than(std::string_view json, size_t depth);

// Json: one of nlohmann's types. A discarded value for what is not JSON or nests more than kMaxJsonDepth
// deep.
template <class Json>
[[nodiscard]] Json parse_json_value(std::string_view text) {
  if (nests_deeper_than(text, kMaxJsonDepth)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

}  // namespace samovar::wire
