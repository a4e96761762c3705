// OpenAI's JSON as a client sees it: our requests -> bodies, answers of any server that speaks it (vLLM,
// llama.cpp, SGLang, clouds, another Samovar) -> the port's plain structs. Pure. What is missing keeps its
// default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace samovar::backend {

struct OpenAiBody {
  std::string path;  // "/chat/completions" or "/completions"
  std::string body;
};

// A chat, and a prompt that the model's template is to be put around, become /chat/completions; a raw prompt
// and one with a suffix /completions. Members that are not OpenAI's (top_k, min_p, ...) are sent only when
// they were asked for. Fails with kUnsupported for what only token ids or templates could do.
[[nodiscard]] Result<OpenAiBody> encode_openai_run(const Request& request);
[[nodiscard]] std::string encode_openai_embed_request(const EmbedRequest& request);

// These fail with kUnavailable when the answer is not the JSON that OpenAI gives.
[[nodiscard]] Result<std::vector<ModelSummary>> decode_openai_models(std::string_view body);
[[nodiscard]] Result<Embeddings> decode_openai_embeddings(std::string_view body, size_t n_texts);

// Part of a call of a tool: those with the same index belong together.
struct OpenAiToolPart {
  int64_t index = 0;
  std::string id;
  std::string name;
  std::string arguments;  // a stretch of JSON text
};

struct OpenAiUsage {
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;
  int64_t answer_tokens = 0;
};

// One event of a streamed answer, or a whole answer.
struct OpenAiChunk {
  Piece piece;  // tool calls are in `tools`
  std::vector<OpenAiToolPart> tools;
  std::string finish_reason;  // "" until the end
  std::optional<OpenAiUsage> usage;
  std::string error;  // the server failed in mid-answer; nothing else is set
};
[[nodiscard]] Result<OpenAiChunk> decode_openai_chunk(std::string_view json);

}  // namespace samovar::backend
