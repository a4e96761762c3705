// Reading JSON that another server sent: whatever it is, there is a default. For the *_decode.cc and
// *_encode.cc of this folder only, so that nlohmann/json stays in few places.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace samovar::backend {

using OrderedJson = nlohmann::ordered_json;

// A discarded value for anything but JSON.
[[nodiscard]] OrderedJson parse_json_text(std::string_view text);
// JSON text from inside the program; what is not JSON gives null.
[[nodiscard]] OrderedJson parse_or_null(const std::string& text);
// Compact; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string dump_json(const OrderedJson& json);

// Null when `object` is none, or has no such member. The reference lives as long as `object`.
[[nodiscard]] const OrderedJson& member(const OrderedJson& object, const char* key);
[[nodiscard]] std::string text_of(const OrderedJson& object, const char* key);  // ""
[[nodiscard]] int64_t integer_of(const OrderedJson& object, const char* key);   // 0
[[nodiscard]] bool boolean_of(const OrderedJson& object, const char* key);      // false
[[nodiscard]] std::vector<std::string> texts_of(const OrderedJson& object, const char* key);
[[nodiscard]] std::vector<float> floats_of(const OrderedJson& array);  // what is no number is left out

template <typename T>
void add_set(OrderedJson& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}

// The words of an error's body; "" when there are none. Ollama has {"error":"..."} and passes its runner's
// errors on as JSON inside the string; OpenAI servers have {"error":{"message":...}}, older vLLMs
// {"object":"error","message":...}, FastAPI {"detail":...}.
[[nodiscard]] std::string error_words(const OrderedJson& body);

// kUnavailable: what it should have been, and how the body begins.
[[nodiscard]] Error broken_answer(std::string_view what, std::string_view body);

}  // namespace samovar::backend
