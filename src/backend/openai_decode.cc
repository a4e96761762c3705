#include <algorithm>

#include "backend/openai_wire.h"
#include "backend/upstream_json.h"

namespace samovar::backend {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

// The model's own length where it says one: vLLM's, SGLang's and llama.cpp's members.
int64_t context_length_of(const OrderedJson& model) {
  for (const char* key : {"max_model_len", "context_length", "context_window"}) {
    if (const int64_t length = integer_of(model, key); length > 0) return length;
  }
  const OrderedJson& meta = member(model, "meta");
  if (const int64_t length = integer_of(meta, "n_ctx"); length > 0) return length;
  return std::max<int64_t>(0, integer_of(meta, "n_ctx_train"));
}

ModelSummary decode_openai_model(const OrderedJson& model) {
  ModelSummary summary;
  summary.name = text_of(model, "id");
  const int64_t created = integer_of(model, "created");
  if (created > 0 && created < INT64_MAX / kNsPerSecond) summary.modified_at_ns = created * kNsPerSecond;
  summary.size_bytes = std::max<int64_t>(0, integer_of(member(model, "meta"), "size"));
  summary.facts.family = text_of(model, "owned_by");
  summary.facts.context_length = context_length_of(model);
  summary.facts.embedding_length = std::max<int64_t>(0, integer_of(member(model, "meta"), "n_embd"));
  // The API does not tell; a request for something that the model cannot do is refused by its server.
  summary.capabilities = {"completion", "tools"};
  summary.loaded = true;
  return summary;
}

float number_or_zero(const OrderedJson& value) { return value.is_number() ? value.get<float>() : 0.0F; }

TokenLogprob decode_openai_logprob(const OrderedJson& json) {
  TokenLogprob out{.token = text_of(json, "token"), .logprob = number_or_zero(member(json, "logprob"))};
  for (const OrderedJson& other : member(json, "top_logprobs"))
    out.top.push_back(
        {.token = text_of(other, "token"), .logprob = number_or_zero(member(other, "logprob"))});
  return out;
}

// Of /completions: parallel arrays.
void add_old_logprobs(const OrderedJson& logprobs, Piece& piece) {
  const OrderedJson& tokens = member(logprobs, "tokens");
  const OrderedJson& values = member(logprobs, "token_logprobs");
  const OrderedJson& tops = member(logprobs, "top_logprobs");
  if (!tokens.is_array()) return;
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenLogprob& out = piece.logprobs.emplace_back();
    if (tokens[i].is_string()) out.token = tokens[i].get<std::string>();
    if (values.is_array() && i < values.size()) out.logprob = number_or_zero(values[i]);
    if (!tops.is_array() || i >= tops.size() || !tops[i].is_object()) continue;
    for (const auto& [token, value] : tops[i].items())
      out.top.push_back({.token = token, .logprob = number_or_zero(value)});
  }
}

void add_tool_parts(const OrderedJson& calls, std::vector<OpenAiToolPart>& out) {
  int64_t place = 0;
  for (const OrderedJson& call : calls) {
    const OrderedJson& function = member(call, "function");
    const OrderedJson& arguments = member(function, "arguments");
    OpenAiToolPart& part = out.emplace_back();
    part.index = member(call, "index").is_number_integer() ? integer_of(call, "index") : place;
    part.id = text_of(call, "id");
    part.name = text_of(function, "name");
    part.arguments = arguments.is_string()   ? arguments.get<std::string>()
                     : arguments.is_object() ? dump_json(arguments)
                                             : std::string();
    ++place;
  }
}

void read_choice(const OrderedJson& choice, OpenAiChunk& out) {
  const OrderedJson& delta = member(choice, member(choice, "delta").is_object() ? "delta" : "message");
  Piece& piece = out.piece;
  piece.content = delta.is_object() ? text_of(delta, "content") : text_of(choice, "text");
  piece.thinking = text_of(delta, "reasoning_content");                      // DeepSeek, vLLM, llama.cpp
  if (piece.thinking.empty()) piece.thinking = text_of(delta, "reasoning");  // Ollama, OpenRouter, Samovar
  add_tool_parts(member(delta, "tool_calls"), out.tools);
  out.finish_reason = text_of(choice, "finish_reason");
  const OrderedJson& logprobs = member(choice, "logprobs");
  if (member(logprobs, "content").is_array()) {
    for (const OrderedJson& token : logprobs["content"])
      piece.logprobs.push_back(decode_openai_logprob(token));
  } else {
    add_old_logprobs(logprobs, piece);
  }
}

}  // namespace

Result<std::vector<ModelSummary>> decode_openai_models(std::string_view body) {
  const OrderedJson root = parse_json_text(body);
  const OrderedJson& list = member(root, "data");
  if (!list.is_array()) return broken_answer("the list of models is not OpenAI's", body);
  std::vector<ModelSummary> models;
  for (const OrderedJson& model : list) {
    if (!text_of(model, "id").empty()) models.push_back(decode_openai_model(model));
  }
  return models;
}

Result<Embeddings> decode_openai_embeddings(std::string_view body, size_t n_texts) {
  const OrderedJson root = parse_json_text(body);
  const OrderedJson& list = member(root, "data");
  if (!list.is_array() || list.size() != n_texts)
    return broken_answer("the embeddings are not OpenAI's", body);
  Embeddings out;
  out.vectors.resize(n_texts);
  int64_t place = 0;
  for (const OrderedJson& item : list) {
    const int64_t index = member(item, "index").is_number_integer() ? integer_of(item, "index") : place;
    if (index < 0 || index >= static_cast<int64_t>(n_texts))
      return broken_answer("an embedding is of no text that was sent", body);
    out.vectors[static_cast<size_t>(index)] = floats_of(member(item, "embedding"));
    ++place;
  }
  out.tokens = integer_of(member(root, "usage"), "prompt_tokens");
  return out;
}

Result<OpenAiChunk> decode_openai_chunk(std::string_view json) {
  const OrderedJson root = parse_json_text(json);
  if (!root.is_object()) return broken_answer("an event of the answer is not JSON", json);
  OpenAiChunk chunk;
  const OrderedJson& choices = member(root, "choices");
  if (!choices.is_array()) {
    chunk.error = error_words(root);
    if (chunk.error.empty()) return broken_answer("an event of the answer is not OpenAI's", json);
    return chunk;
  }
  if (!choices.empty()) read_choice(choices.front(), chunk);
  if (const OrderedJson& usage = member(root, "usage"); usage.is_object()) {
    chunk.usage =
        OpenAiUsage{.prompt_tokens = integer_of(usage, "prompt_tokens"),
                    .cached_tokens = integer_of(member(usage, "prompt_tokens_details"), "cached_tokens"),
                    .answer_tokens = integer_of(usage, "completion_tokens")};
  }
  return chunk;
}

}  // namespace samovar::backend
