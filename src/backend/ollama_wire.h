// Ollama's JSON as a client sees it: our requests -> bodies, its answers -> the port's plain structs. Pure.
// Answers may lack any member: what is missing keeps its default.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace samovar::backend {

// Bodies of POST /api/chat or /api/generate (by request.kind), streaming, of /api/show and of /api/embed.
[[nodiscard]] std::string encode_run(const Request& request);
[[nodiscard]] std::string encode_show(std::string_view model, bool verbose);
[[nodiscard]] std::string encode_embed_request(const EmbedRequest& request);

// These fail with kUnavailable when the answer is not the JSON that Ollama gives.
[[nodiscard]] Result<std::vector<ModelSummary>> decode_tags(std::string_view body);
[[nodiscard]] Result<std::vector<LoadedModel>> decode_ps(std::string_view body);
[[nodiscard]] Result<Embeddings> decode_embeddings(std::string_view body, size_t n_texts);
[[nodiscard]] Result<ModelDescription> decode_show(std::string_view body, const std::string& model);

// One line of a streamed answer.
struct RunLine {
  Piece piece;
  bool done = false;
  Summary summary;    // done only
  std::string error;  // the server failed in mid-answer; nothing else is set
};
[[nodiscard]] Result<RunLine> decode_run_line(std::string_view line);

// "2026-11-22T14:50:17.066343927Z", also with an offset -> Unix time; 0 for anything else.
[[nodiscard]] int64_t parse_time(std::string_view text);

}  // namespace samovar::backend
