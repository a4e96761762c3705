// What the answers of /api/chat and /api/generate share.
#pragma once

#include <string>

#include "api/answer.h"
#include "api/model_check.h"
#include "wire/ollama_request.h"
#include "wire/ollama_response.h"

namespace samovar::api {

// NDJSON lines, one per piece, or one object.
class OllamaFormat final : public AnswerFormat {
 public:
  using Encode = std::string (*)(const wire::Chunk&);
  struct Setup {
    std::string model;        // as the client wrote it
    Encode encode = nullptr;  // wire::encode_chat_chunk or wire::encode_generate_chunk
    bool is_unload = false;   // nothing to answer and keep_alive 0
  };
  OllamaFormat(Context context, Setup setup) : context_(std::move(context)), setup_(std::move(setup)) {}

  [[nodiscard]] std::string stream_type() const override { return "application/x-ndjson"; }
  [[nodiscard]] std::string write_piece(const backend::Piece& piece) override;
  [[nodiscard]] std::string write_end(const backend::Summary& summary) override;
  [[nodiscard]] std::string write_failure(const Error& error) override;
  [[nodiscard]] http::Response make_whole(const backend::Piece& all,
                                          const backend::Summary& summary) override;
  [[nodiscard]] http::Response make_failure(const Error& error, Asked asked) override;

 private:
  [[nodiscard]] std::string encode(wire::Chunk chunk) const;
  void add_summary(wire::Chunk& chunk, const backend::Summary& summary) const;

  Context context_;
  Setup setup_;
};

// Checks what both endpoints check (model's name, capabilities, options, format) and runs.
struct OllamaRun {
  backend::Request request;
  ModelDemands demands;
  OllamaFormat::Setup setup;
  AnswerFormat::Asked asked = AnswerFormat::Asked::kStream;
  Caller caller;
};
void run_ollama(const Context& context, OllamaRun run, std::shared_ptr<http::ResponseWriter> writer);

// What is said of a run beyond the fields that both requests share.
struct RunKind {
  OllamaFormat::Encode encode = nullptr;
  ModelDemands demands;
  bool loads_only = false;  // no prompt: only load or unload the model
};

// Fails with kInvalidArgument where the model's name, top_logprobs or format (unless it is only to load) is
// wrong.
[[nodiscard]] Result<OllamaRun> make_run(wire::ChatRequest request, const RunKind& kind);
[[nodiscard]] Result<OllamaRun> make_run(wire::GenerateRequest request, const RunKind& kind);

// The demands of what both requests share.
[[nodiscard]] ModelDemands read_demands(const wire::GenerationRequest& request);

}  // namespace samovar::api
