#include <algorithm>
#include <charconv>

#include "backend/ollama_wire.h"
#include "backend/upstream_json.h"

namespace samovar::backend {
namespace {

ModelFacts decode_facts(const OrderedJson& details) {
  return {.parent_model = text_of(details, "parent_model"),
          .format = text_of(details, "format"),
          .family = text_of(details, "family"),
          .families = texts_of(details, "families"),
          .parameter_size = text_of(details, "parameter_size"),
          .quantization_level = text_of(details, "quantization_level"),
          .context_length = integer_of(details, "context_length"),
          .embedding_length = integer_of(details, "embedding_length")};
}

ModelSummary decode_summary(const OrderedJson& model) {
  ModelSummary summary;
  summary.name = text_of(model, "name");
  if (summary.name.empty()) summary.name = text_of(model, "model");
  summary.digest = text_of(model, "digest");
  summary.size_bytes = integer_of(model, "size");
  summary.modified_at_ns = parse_time(text_of(model, "modified_at"));
  summary.facts = decode_facts(member(model, "details"));
  summary.capabilities = texts_of(model, "capabilities");
  return summary;
}

TokenLogprob decode_logprob(const OrderedJson& json) {
  TokenLogprob logprob{.token = text_of(json, "token")};
  const OrderedJson& value = member(json, "logprob");
  if (value.is_number()) logprob.logprob = value.get<float>();
  return logprob;
}

Piece decode_piece(const OrderedJson& line) {
  // /api/chat has a message; /api/generate has the same members at the top, the text as "response".
  const OrderedJson& message = member(line, "message");
  Piece piece;
  piece.content = message.is_object() ? text_of(message, "content") : text_of(line, "response");
  piece.thinking = text_of(message.is_object() ? message : line, "thinking");
  for (const OrderedJson& call : member(message.is_object() ? message : line, "tool_calls")) {
    const OrderedJson& function = member(call, "function");
    const OrderedJson& arguments = member(function, "arguments");
    piece.tool_calls.push_back({.id = text_of(call, "id"),
                                .name = text_of(function, "name"),
                                .arguments_json = arguments.is_object() ? dump_json(arguments) : "{}"});
  }
  for (const OrderedJson& token : member(line, "logprobs")) {
    TokenLogprob logprob = decode_logprob(token);
    for (const OrderedJson& other : member(token, "top_logprobs"))
      logprob.top.push_back(decode_logprob(other));
    piece.logprobs.push_back(std::move(logprob));
  }
  return piece;
}

Summary decode_run_summary(const OrderedJson& line) {
  Summary summary;
  summary.done_reason = text_of(line, "done_reason");
  if (summary.done_reason.empty()) summary.done_reason = "stop";
  summary.total_ns = integer_of(line, "total_duration");
  summary.load_ns = integer_of(line, "load_duration");
  summary.prompt_tokens = integer_of(line, "prompt_eval_count");
  summary.cached_tokens = integer_of(line, "prompt_eval_cached_count");
  summary.prompt_ns = integer_of(line, "prompt_eval_duration");
  summary.answer_tokens = integer_of(line, "eval_count");
  summary.answer_ns = integer_of(line, "eval_duration");
  for (const OrderedJson& id : member(line, "context")) {
    if (id.is_number_integer()) summary.context.push_back(id.get<int32_t>());
  }
  return summary;
}

// Days since 1970-01-01 (Howard Hinnant's days_from_civil).
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

// Digits [at, at + n) of the text; -1 when they are not all digits.
int64_t digits(std::string_view text, size_t at, size_t n) {
  int64_t value = -1;
  if (at + n > text.size()) return -1;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + n, value);
  return error == std::errc() && end == text.data() + at + n ? value : -1;
}

}  // namespace

int64_t parse_time(std::string_view text) {
  constexpr int64_t kMaxSeconds = INT64_MAX / 1'000'000'000;
  const int64_t year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int64_t hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (std::min({year, month, day, hour, minute, second}) < 0 || month < 1 || month > 12) return 0;
  size_t at = 19;
  int64_t fraction_ns = 0;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100'000'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      fraction_ns += (text[at] - '0') * unit;
    }
  }
  int64_t offset = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int64_t hours = digits(text, at + 1, 2), minutes = digits(text, at + 4, 2);
    if (hours < 0 || minutes < 0) return 0;
    offset = (hours * 60 + minutes) * (text[at] == '+' ? 60 : -60);
  }
  const int64_t seconds =
      days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  // Ollama's "for ever" is the year 2319, beyond 64 bits of nanoseconds.
  if (seconds >= kMaxSeconds) return INT64_MAX;
  return seconds * 1'000'000'000 + fraction_ns;
}

Result<std::vector<ModelSummary>> decode_tags(std::string_view body) {
  const OrderedJson root = parse_json_text(body);
  if (!root.is_object() || !root.contains("models"))
    return broken_answer("the list of models is not Ollama's", body);
  std::vector<ModelSummary> models;
  for (const OrderedJson& model : root["models"]) models.push_back(decode_summary(model));
  return models;
}

Result<std::vector<LoadedModel>> decode_ps(std::string_view body) {
  const OrderedJson root = parse_json_text(body);
  if (!root.is_object() || !root.contains("models"))
    return broken_answer("the list of loaded models is not Ollama's", body);
  std::vector<LoadedModel> models;
  for (const OrderedJson& model : root["models"]) {
    LoadedModel loaded;
    loaded.summary = decode_summary(model);
    loaded.summary.loaded = true;
    loaded.memory_bytes = loaded.summary.size_bytes;
    loaded.expires_at_ns = parse_time(text_of(model, "expires_at"));
    loaded.n_ctx = integer_of(model, "context_length");
    models.push_back(std::move(loaded));
  }
  return models;
}

Result<Embeddings> decode_embeddings(std::string_view body, size_t n_texts) {
  const OrderedJson root = parse_json_text(body);
  const OrderedJson& vectors = member(root, "embeddings");
  if (!vectors.is_array() || vectors.size() != n_texts)
    return broken_answer("the embeddings are not Ollama's", body);
  Embeddings out;
  for (const OrderedJson& vector : vectors) out.vectors.push_back(floats_of(vector));
  out.tokens = integer_of(root, "prompt_eval_count");
  out.load_ns = integer_of(root, "load_duration");
  out.total_ns = integer_of(root, "total_duration");
  return out;
}

Result<ModelDescription> decode_show(std::string_view body, const std::string& model) {
  const OrderedJson root = parse_json_text(body);
  if (!root.is_object()) return broken_answer("the description of '" + model + "' is not Ollama's", body);
  ModelDescription description;
  description.summary = decode_summary(root);
  description.summary.name = model;
  description.modelfile = text_of(root, "modelfile");
  description.parameters = text_of(root, "parameters");
  description.chat_template = text_of(root, "template");
  description.system = text_of(root, "system");
  description.license = text_of(root, "license");
  const OrderedJson& info = member(root, "model_info");
  description.model_info_json = info.is_object() ? dump_json(info) : "{}";
  const std::string architecture = text_of(info, "general.architecture");
  ModelFacts& facts = description.summary.facts;
  if (facts.context_length == 0)
    facts.context_length = integer_of(info, (architecture + ".context_length").c_str());
  if (facts.embedding_length == 0) {
    facts.embedding_length = integer_of(info, (architecture + ".embedding_length").c_str());
  }
  if (member(root, "tensors").is_array()) description.tensors_json = dump_json(member(root, "tensors"));
  for (const OrderedJson& message : member(root, "messages")) {
    text::ChatMessage& out = description.messages.emplace_back();
    out.role = text_of(message, "role");
    out.content = text_of(message, "content");
  }
  return description;
}

Result<RunLine> decode_run_line(std::string_view line) {
  const OrderedJson root = parse_json_text(line);
  if (!root.is_object()) return broken_answer("a line of the answer is not JSON", line);
  RunLine result;
  if (root.contains("error")) {
    result.error = error_words(root);
    if (result.error.empty()) result.error = dump_json(root["error"]);
    return result;
  }
  result.piece = decode_piece(root);
  result.done = boolean_of(root, "done");
  if (result.done) result.summary = decode_run_summary(root);
  return result;
}

}  // namespace samovar::backend
