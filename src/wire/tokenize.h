// POST /api/tokenize and /api/detokenize: no released Ollama has them. Fields are those of the proposal for
// it (model, content, tokens) and of llama.cpp's server (add_special, parse_special, with_pieces). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::wire {

struct TokenizeRequest {
  std::string model;
  std::string content;
  bool add_special = true;
  bool parse_special = true;
  bool with_pieces = false;
  std::optional<int64_t> keep_alive_ns;
};

struct DetokenizeRequest {
  std::string model;
  std::vector<int64_t> tokens;
  std::optional<int64_t> keep_alive_ns;
};

// Fail with kInvalidArgument, naming the field.
[[nodiscard]] Result<TokenizeRequest> parse_tokenize_request(std::string_view body);
[[nodiscard]] Result<DetokenizeRequest> parse_detokenize_request(std::string_view body);

struct TokenizeAnswer {
  std::string model;
  std::vector<int32_t> ids;
  std::vector<std::string> pieces;  // bytes; as many as ids
  bool with_pieces = false;
  int64_t total_ns = 0;
  int64_t load_ns = 0;
};
// "tokens": ids, or objects with id and piece; a piece that is no UTF-8 is an array of its bytes.
[[nodiscard]] std::string encode_tokenize(const TokenizeAnswer& answer);
// "content": the pieces together; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string encode_detokenize(const TokenizeAnswer& answer);

}  // namespace samovar::wire
