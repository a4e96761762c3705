// The port to whatever runs the models: the built-in engine, an Ollama upstream, an OpenAI upstream.
// api/ and chat/ speak only to this. All calls return at once; answers arrive through callbacks on a
// thread of the backend's (or on the calling one, before the call returns). Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/chat_template.h"

namespace samovar::backend {

struct ModelFacts {  // "details" of Ollama's answers
  std::string parent_model;
  std::string format;  // "gguf"
  std::string family;  // "llama"
  std::vector<std::string> families;
  std::string parameter_size;      // "134.52M"
  std::string quantization_level;  // "Q4_1"
  int64_t context_length = 0;      // trained with; 0: unknown
  int64_t embedding_length = 0;
};

struct ModelSummary {
  std::string name;    // as shown: "smollm2:135m"
  std::string digest;  // hex SHA-256 of the manifest, no prefix
  int64_t size_bytes = 0;
  int64_t modified_at_ns = 0;  // Unix time
  ModelFacts facts;
  std::vector<std::string> capabilities;  // "completion", "tools", ...
  bool loaded = false;
};

struct LoadedModel {
  ModelSummary summary;
  int64_t expires_at_ns = 0;  // Unix time; INT64_MAX: never
  int64_t memory_bytes = 0;   // weights, cache and scratch
  int64_t n_ctx = 0;
};

struct ModelDescription {  // what /api/show tells
  ModelSummary summary;
  std::string modelfile;
  std::string parameters;     // "stop    \"<|im_end|>\"\n..." as Ollama lays it out
  std::string chat_template;  // Go TEMPLATE or the GGUF's Jinja
  std::string system;
  std::string license;
  std::string model_info_json;  // a JSON object of the GGUF metadata
  std::string tensors_json;     // a JSON array of {name,type,shape}, or empty
  std::vector<text::ChatMessage> messages;
};

// Request options; unset: the model's own PARAMETER, else Ollama's default.
struct Options {
  std::optional<float> temperature, top_p, min_p, typical_p, repeat_penalty, presence_penalty,
      frequency_penalty;
  std::optional<int32_t> top_k, repeat_last_n, num_predict, num_ctx, num_keep;
  std::optional<int64_t> seed;
  std::vector<std::pair<int32_t, float>> logit_bias;  // token, what is added to its logit
  std::optional<std::vector<std::string>> stop;
  std::string grammar;  // GBNF that the answer keeps to; empty: none
  std::string regex;    // likewise a pattern
};

// One generation. Either messages (chat) or prompt (completion) is used, as `kind` says.
struct Request {
  enum class Kind { kChat, kGenerate };
  Kind kind = Kind::kChat;
  std::string model;
  std::vector<text::ChatMessage> messages;   // kChat
  std::string tools_json;                    // kChat; JSON array or empty
  std::string prompt;                        // kGenerate
  std::string suffix;                        // kGenerate: fill in the middle
  std::optional<std::string> system;         // kGenerate: instead of the model's SYSTEM
  std::optional<std::string> template_text;  // kGenerate: instead of the model's TEMPLATE
  std::vector<int32_t> context;              // kGenerate: token ids before `prompt`
  bool raw = false;                          // kGenerate: no template
  std::optional<bool> think;
  std::string think_level;
  std::string format_json;  // "json", a JSON schema, or empty
  // kChat with tools: empty, the model decides; "required", one call of any tool; else one of that name.
  std::string tool_choice;
  Options options;
  bool logprobs = false;
  int32_t top_logprobs = 0;
  std::optional<int64_t> keep_alive_ns;  // unset: the default; negative: for ever; 0: unload afterwards
  // A prompt that does not fit: unset or false, it is refused; true: the oldest messages (kChat) or the
  // tokens behind the first num_keep are left out, and Summary says how many.
  std::optional<bool> truncate;
  // An answer that fills the context: unset or false, it ends; true: old tokens make room.
  std::optional<bool> shift;
  int64_t deadline_ms = 0;  // whole answer, from the call; 0: none
  // Nobody waits for it: refused with kBusy while the model serves anybody, and ended with kCancelled as soon
  // as anybody asks it for something else. Only the engine knows; an upstream answers as always.
  bool yields = false;
  std::string client;       // who asks: clients take turns where requests wait in line
  std::string user;         // id of the account whose tokens these are; "": nobody's
  std::string id;           // what the client calls this request; may be empty
  std::string traceparent;  // of the trace it belongs to, as W3C Trace Context has it; may be empty
};

struct TokenLogprob {
  std::string token;  // text
  float logprob = 0.0F;
  std::vector<TokenLogprob> top;  // empty inside `top` itself
};

struct Piece {          // what one or more tokens added
  std::string content;  // whole UTF-8 characters
  std::string thinking;
  std::vector<text::ToolCall> tool_calls;
  std::vector<TokenLogprob> logprobs;
};

struct Summary {
  std::string done_reason;  // "stop", "length", "load", "unload"
  int64_t total_ns = 0;
  int64_t load_ns = 0;
  int64_t prompt_tokens = 0;  // all of the prompt
  int64_t cached_tokens = 0;  // of them taken from the cache
  int64_t prompt_ns = 0;
  int64_t answer_tokens = 0;  // with the end token
  int64_t answer_ns = 0;
  int64_t n_ctx = 0;
  int64_t dropped_messages = 0;  // of the prompt, because they did not fit
  int64_t dropped_tokens = 0;    // of prompt and answer, likewise
  std::vector<int32_t> context;  // kGenerate, not raw: prompt and answer
};

struct EmbedRequest {
  std::string model;
  std::vector<std::string> texts;  // none: only loads the model
  bool truncate = true;            // a text that does not fit loses its end; false: it is refused
  std::optional<int32_t> num_ctx;
  std::optional<int64_t> keep_alive_ns;
  int64_t deadline_ms = 0;  // as in Request
  std::string client;
  std::string user;
  // Set by the caller, from any thread, when nobody wants the answer any more; null: never.
  std::shared_ptr<const std::atomic<bool>> abandoned;
};

struct Embeddings {
  std::vector<std::vector<float>> vectors;  // one per text, as long as the model is wide; not normalised
  int64_t tokens = 0;
  int64_t load_ns = 0;
  int64_t total_ns = 0;
};

// A text as tokens, and back.
struct TokenizeRequest {
  std::string model;
  std::string content;
  bool add_special = true;    // what the model wants around a text, such as <bos>
  bool parse_special = true;  // spellings of control tokens become these; false: they stay text
  std::optional<int64_t> keep_alive_ns;
};

struct DetokenizeRequest {
  std::string model;
  std::vector<int64_t> tokens;
  std::optional<int64_t> keep_alive_ns;
};

struct Tokens {
  std::vector<int32_t> ids;
  std::vector<std::string> pieces;  // the bytes of each; need not be whole characters
  int64_t load_ns = 0;
  int64_t total_ns = 0;
};

// Receives one generation. Calls come one after another, from one thread at a time; the last one is
// on_done or on_failed, exactly once.
class Listener {
 public:
  virtual ~Listener() = default;
  // The place in line, 1: next; called again whenever it changes.
  virtual void on_queued(int64_t place) { static_cast<void>(place); }
  // It left the line.
  virtual void on_started() {}
  virtual void on_piece(Piece piece) = 0;
  virtual void on_done(Summary summary) = 0;
  virtual void on_failed(Error error) = 0;
};

// A generation under way. cancel() may be called from any thread, at any time, more than once; on_failed
// with kCancelled follows unless the end came first. Dropping the handle does not cancel.
class Run {
 public:
  virtual ~Run() = default;
  virtual void cancel() = 0;
};

template <typename T>
using Callback = std::function<void(Result<T>)>;

class Backend {
 public:
  virtual ~Backend() = default;

  // An empty chat (no messages) or prompt loads the model and answers done_reason "load".
  [[nodiscard]] virtual std::shared_ptr<Run> generate(Request request,
                                                      std::shared_ptr<Listener> listener) = 0;

  // One vector per text. Fails as generate does.
  virtual void embed(EmbedRequest request, Callback<Embeddings> callback) {
    static_cast<void>(request);
    callback(Error{Code::kUnsupported, "embeddings are not supported by " + place()});
  }

  // The tokens of the prompt that generate() would make.
  virtual void count_tokens(Request request, Callback<int64_t> callback) {
    static_cast<void>(request);
    callback(Error{Code::kUnsupported, "counting tokens is not supported by " + place()});
  }

  virtual void tokenize(TokenizeRequest request, Callback<Tokens> callback) {
    static_cast<void>(request);
    callback(Error{Code::kUnsupported, "tokenizing is not supported by " + place()});
  }

  // Gives the same pieces as tokenize(). Fails with kInvalidArgument for an id outside the vocabulary.
  virtual void detokenize(DetokenizeRequest request, Callback<Tokens> callback) {
    static_cast<void>(request);
    callback(Error{Code::kUnsupported, "detokenizing is not supported by " + place()});
  }

  virtual void list(Callback<std::vector<ModelSummary>> callback) = 0;  // newest first
  virtual void list_loaded(Callback<std::vector<LoadedModel>> callback) = 0;
  virtual void describe(std::string model, bool verbose, Callback<ModelDescription> callback) = 0;

  // Alive and able to answer: for the engine, the preloaded model is in memory.
  virtual void check_ready(Callback<bool> callback) = 0;

  // What people are told the answers come from: "built-in engine" or the upstream's address.
  [[nodiscard]] virtual std::string place() const = 0;
};

}  // namespace samovar::backend
