// A JSON reader with the manners of Go's encoding/json, which Ollama's clients know: it stops after the
// first value, its error texts are Go's, members keep their order and duplicates, every value keeps its
// source bytes. (nlohmann/json has other texts, sorts members and drops duplicates.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::wire {

struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string_view raw;     // the value's bytes in the source
  std::string key;          // of an object's member
  std::string text;         // kString: decoded, valid UTF-8 (bad bytes became U+FFFD)
  std::vector<Json> items;  // kArray: elements; kObject: members in order, duplicates kept

  // The last member of that name, or nullptr. Case counts.
  [[nodiscard]] const Json* member(std::string_view name) const;
};

struct JsonLimits {
  size_t max_depth = 500;
  size_t max_values = 1'000'000;  // about 110 bytes of memory each
};

// The first value of `source`, which must outlive the result; what follows it is ignored, as Go does.
// Fails with kInvalidArgument: "EOF" for nothing but blanks, "unexpected EOF", "invalid character 'b'
// looking for beginning of value", "exceeded max depth", "too many values".
[[nodiscard]] Result<Json> parse_json(std::string_view source, const JsonLimits& limits = {});

// "string", "number", "bool", "array", "object", "null": as Go's error texts say it.
[[nodiscard]] std::string_view kind_name(Json::Kind kind);

}  // namespace samovar::wire
