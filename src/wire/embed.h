// Requests for embeddings, Ollama's two and OpenAI's, and their answers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/ollama_options.h"

namespace samovar::wire {

struct EmbedRequest {
  std::string model;
  std::vector<std::string> texts;  // none: nothing to embed
  bool truncate = true;
  int64_t dimensions = 0;  // 0: all
  std::optional<int64_t> keep_alive_ns;
  ReadOptions options;
  bool base64 = false;  // OpenAI's encoding_format
};

// POST /api/embed, POST /api/embeddings ("prompt"), POST /v1/embeddings. Fail with kInvalidArgument.
[[nodiscard]] Result<EmbedRequest> parse_embed_request(std::string_view body);
[[nodiscard]] Result<EmbedRequest> parse_old_embed_request(std::string_view body);
[[nodiscard]] Result<EmbedRequest> parse_openai_embed_request(std::string_view body);

struct EmbedAnswer {
  std::string model;
  std::vector<std::vector<float>> vectors;
  int64_t total_ns = 0;
  int64_t load_ns = 0;
  int64_t tokens = 0;
  bool base64 = false;
};
[[nodiscard]] std::string encode_embed(const EmbedAnswer& answer);
[[nodiscard]] std::string encode_old_embed(std::span<const float> vector);
[[nodiscard]] std::string encode_openai_embed(const EmbedAnswer& answer);

}  // namespace samovar::wire
