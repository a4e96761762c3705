// One text generation: what is asked for, what comes back.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sampling/options.h"
#include "sampling/sampler.h"
#include "text/vocabulary.h"

namespace samovar::engine {

using SteadyTime = std::chrono::steady_clock::time_point;

struct GenerationRequest {
  std::vector<text::TokenId> prompt;  // BOS included where the model wants one; not empty
  sampling::Options sampling;
  int64_t max_tokens = -1;  // < 0: until the model stops or the context is full
  std::vector<std::string> stops;
  size_t n_ctx = 4096;  // prompt and answer together
  // The answer's language, over the tokens of `trie`; null: any text. It begins behind `grammar_after`
  // ("</think>") where that is not empty.
  std::shared_ptr<const sampling::grammar::Automaton> grammar;
  std::shared_ptr<const sampling::grammar::TokenTrie> trie;
  std::string grammar_after;
  // When the context is full: true, tokens behind the first n_keep make room and are computed anew; false,
  // the answer ends.
  bool shifts = false;
  size_t n_keep = 0;
  bool logprobs = false;
  size_t top_logprobs = 0;
  std::optional<SteadyTime> deadline;  // of the whole answer, waiting included
  // Only while there is nothing else to do: refused with kBusy otherwise, cancelled by the next request.
  bool yields = false;
  int64_t limit_ms = 0;  // what the deadline was made of, for its message
  std::string client;    // whose turn it uses (engine/fair_line.h)
};

// "the time limit of 120 s for this answer", for messages; 0: without the figure.
[[nodiscard]] std::string name_limit(int64_t limit_ms);

struct TokenText {  // a token's log-probability with its text
  text::TokenId id = -1;
  std::string text;
  float logprob = 0.0F;
  std::vector<TokenText> top;  // likeliest first; empty inside itself
};

enum class StopReason { kEnd, kStopString, kLength };  // kEnd: the model ended its turn

struct GenerationStats {
  StopReason reason = StopReason::kEnd;
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;          // of the prompt, not computed again
  int64_t prompt_ns = 0;              // from the first slice to the first token
  int64_t answer_tokens = 0;          // the end token included
  int64_t answer_ns = 0;              // from the first token to the end
  int64_t guessed_tokens = 0;         // computed on the chance that they follow (engine/lookup.h)
  int64_t guessed_right = 0;          // of those, the ones that did
  int64_t dropped_tokens = 0;         // that made room
  std::vector<text::TokenId> tokens;  // prompt and answer, without the end token
};

// Called on the engine's thread, one call at a time; the last is on_done or on_failed, exactly once. Must not
// block: everybody's tokens wait for it.
class GenerationListener {
 public:
  virtual ~GenerationListener() = default;
  virtual void on_queued(int64_t place) = 0;  // 1: next; again whenever it changes
  virtual void on_started() = 0;
  // Whole characters that became certain; `logprobs` of the tokens taken since the last call, if asked for.
  virtual void on_text(std::string text, std::vector<TokenText> logprobs) = 0;
  virtual void on_done(GenerationStats stats) = 0;
  virtual void on_failed(Error error) = 0;
};

}  // namespace samovar::engine
