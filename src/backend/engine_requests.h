// What the engine backend makes of a request, step by step.
#pragma once

#include <cstdint>

#include "backend/backend.h"
#include "backend/engine_run.h"
#include "backend/formats.h"
#include "backend/model_options.h"
#include "backend/prompt_builder.h"
#include "backend/resident.h"
#include "engine/generation.h"

namespace samovar::backend {

struct PreparedRun {
  engine::GenerationRequest generation;
  EngineRun::Settings settings;
};

struct PrepareContext {
  Formats* formats = nullptr;  // borrowed
  int64_t default_num_ctx = 0;
  engine::SteadyTime received;
};

// Prompt, options, format and tools of a request to a model in memory. Fails as build_prompt and
// Formats::compile do, and with kTooLong when the prompt does not fit and may not be cut.
[[nodiscard]] Result<PreparedRun> prepare_run(Resident& resident, const Request& request,
                                              const PrepareContext& context);

// The tokens of a text as an embedding model wants them. Fails with kTooLong (it does not fit and may not be
// cut) or kInvalidArgument (nothing to embed); `index` is its place in the request.
[[nodiscard]] Result<std::vector<text::TokenId>> prepare_text(const Resident& resident,
                                                              const EmbedRequest& request, size_t index,
                                                              size_t n_ctx);

// The ids and pieces of a text.
[[nodiscard]] Tokens split_text(const text::Tokenizer& tokenizer, const TokenizeRequest& request);
// Fails with kInvalidArgument for an id outside the vocabulary.
[[nodiscard]] Result<Tokens> join_tokens(const text::Tokenizer& tokenizer, const DetokenizeRequest& request);

}  // namespace samovar::backend
