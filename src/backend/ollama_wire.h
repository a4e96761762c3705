// Ollama's JSON as a client sees it: our requests -> bodies, its answers -> the port's plain structs. Pure.
// Answers may lack any member: what is missing keeps its default.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace samovar::backend {

// Bodies of POST /api/chat or /api/generate (by request.kind), streaming, and of /api/show.
[[nodiscard]] std::string encode_run(const Request& request);
[[nodiscard]] std::string encode_show(std::string_view model, bool verbose);

// These fail with kUnavailable when the answer is not the JSON that Ollama gives.
[[nodiscard]] Result<std::vector<ModelSummary>> decode_tags(std::string_view body);
[[nodiscard]] Result<std::vector<LoadedModel>> decode_ps(std::string_view body);
[[nodiscard]] Result<ModelDescription> decode_show(std::string_view body, const std::string& model);

// One line of a streamed answer.
struct RunLine {
  Piece piece;
  bool done = false;
  Summary summary;    // done only
  std::string error;  // the server failed in mid-answer; nothing else is set
};
[[nodiscard]] Result<RunLine> decode_run_line(std::string_view line);

// The error of an answer whose status is not 200: Ollama's own words where the body has them, with
// 404 kNotFound, 400 kInvalidArgument or kTooLong, 413 kTooLarge, 429 and 503 kBusy, else kUnavailable.
[[nodiscard]] Error decode_error(int status, std::string_view body, const std::string& place);

// An error in Ollama's words -> a code, as far as the words tell (memory, context); kUnavailable otherwise.
[[nodiscard]] Error explain_failure(std::string message);

// "2026-11-22T14:50:17.066343927Z", also with an offset -> Unix time; 0 for anything else.
[[nodiscard]] int64_t parse_time(std::string_view text);

}  // namespace samovar::backend
