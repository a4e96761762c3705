#include "model/vocabulary.h"

#include <algorithm>

namespace samovar::model {
namespace {

constexpr std::string_view kPrefix = "tokenizer.ggml.";

std::string full_key(std::string_view name) { return std::string(kPrefix) + std::string(name); }

Error wrong_kind(std::string_view name, const char* expected) {
  return {Code::kCorrupt, "GGUF: metadata '" + full_key(name) + "' is missing or not " + expected};
}

// A list of strings; empty when the key is absent and not needed.
Result<std::vector<std::string>> read_strings(const gguf::File& file, std::string_view name, bool needed) {
  const gguf::Value* value = file.directory().find(full_key(name));
  if (value == nullptr && !needed) return std::vector<std::string>{};
  const gguf::Array* array = value == nullptr ? nullptr : value->array();
  const auto views = array == nullptr ? std::nullopt : array->strings();
  if (!views) return wrong_kind(name, "a list of strings");
  return std::vector<std::string>(views->begin(), views->end());
}

Result<std::vector<double>> read_numbers(const gguf::File& file, std::string_view name) {
  const gguf::Value* value = file.directory().find(full_key(name));
  if (value == nullptr) return std::vector<double>{};
  const gguf::Array* array = value->array();
  auto numbers = array == nullptr ? std::nullopt : array->numbers();
  if (!numbers) return wrong_kind(name, "a list of numbers");
  return std::move(*numbers);
}

text::TokenKind to_kind(double number) {
  return number >= 1 && number <= 6 ? static_cast<text::TokenKind>(static_cast<int>(number))
                                    : text::TokenKind::kNormal;
}

Result<void> read_ids(const gguf::File& file, text::Vocabulary& out) {
  const auto n_vocab = static_cast<int64_t>(out.tokens.size());
  struct Field {
    text::TokenId* to;
    std::string_view name;
  };
  for (const Field& field : {Field{&out.bos_id, "bos_token_id"}, Field{&out.eos_id, "eos_token_id"},
                             Field{&out.eot_id, "eot_token_id"}, Field{&out.unknown_id, "unknown_token_id"},
                             Field{&out.padding_id, "padding_token_id"}}) {
    const auto id = file.get_integer(full_key(field.name), -1);
    if (!id) return id.error();
    // Real files have stray ids (-1, or padding beyond the table); none of them may index anything.
    *field.to = *id >= 0 && *id < n_vocab ? static_cast<text::TokenId>(*id) : -1;
  }
  return {};
}

// Whether the model wants a BOS when its file does not say: SentencePiece models do, and these families.
bool wants_bos(const text::Vocabulary& vocabulary) {
  constexpr std::string_view kLlama3Names[] = {"llama3",       "llama-v3", "llama-bpe", "falcon3",
                                               "falcon-h1",    "pixtral",  "midm-2.0",  "lfm2",
                                               "jina-v5-nano", "tekken"};
  return vocabulary.model == "llama" || std::find(std::begin(kLlama3Names), std::end(kLlama3Names),
                                                  vocabulary.pre) != std::end(kLlama3Names);
}

Result<void> read_flags(const gguf::File& file, text::Vocabulary& out) {
  const bool is_spm = out.model == "llama";
  const auto bos = file.get_boolean(full_key("add_bos_token"), wants_bos(out));
  const auto eos = file.get_boolean(full_key("add_eos_token"), false);
  const auto space = file.get_boolean(full_key("add_space_prefix"), is_spm);
  for (const auto* flag : {&bos, &eos, &space}) {
    if (!*flag) return flag->error();
  }
  out.add_bos = *bos && out.bos_id >= 0;
  out.add_eos = *eos && out.eos_id >= 0;
  out.add_space_prefix = *space;
  return {};
}

// The Gemma 3 files of Ollama's library list tokens for images that the embedding has no rows for.
void drop_tokens_without_embedding(const gguf::File& file, text::Vocabulary& out) {
  const auto arch = file.get_string("general.architecture", "");
  const gguf::Tensor* embedding = file.directory().find_tensor("token_embd.weight");
  if (!arch || *arch != "gemma3" || embedding == nullptr) return;
  const size_t n = embedding->dims[1];
  if (out.tokens.size() > n) out.tokens.resize(n);
  if (out.scores.size() > n) out.scores.resize(n);
  if (out.kinds.size() > n) out.kinds.resize(n);
}

// Early Llama 3 files do not name their pre-tokenizer.
std::string pre_tokenizer_of(std::string pre, const text::Vocabulary& out) {
  constexpr size_t kHeaderToken = 128006;
  const bool is_llama3 = out.model == "gpt2" && out.tokens.size() > kHeaderToken &&
                         out.tokens[kHeaderToken] == "<|start_header_id|>";
  return is_llama3 && (pre.empty() || pre == "default") ? "llama-bpe" : pre;
}

}  // namespace

Result<text::Vocabulary> read_vocabulary(const gguf::File& file) {
  text::Vocabulary out;
  const auto model = file.get_string(full_key("model"));
  const auto pre = file.get_string(full_key("pre"), "");
  if (!model) return model.error();
  if (!pre) return pre.error();
  out.model = *model;
  auto tokens = read_strings(file, "tokens", true);
  auto merges = read_strings(file, "merges", false);
  const auto scores = read_numbers(file, "scores");
  const auto kinds = read_numbers(file, "token_type");
  if (!tokens) return tokens.error();
  if (!merges) return merges.error();
  if (!scores) return scores.error();
  if (!kinds) return kinds.error();
  out.tokens = std::move(*tokens);
  out.merges = std::move(*merges);
  out.scores.assign(scores->begin(), scores->end());
  for (const double kind : *kinds) out.kinds.push_back(to_kind(kind));
  out.pre = pre_tokenizer_of(*pre, out);
  drop_tokens_without_embedding(file, out);
  if (out.kinds.empty()) out.kinds.assign(out.tokens.size(), text::TokenKind::kNormal);
  if (const auto done = read_ids(file, out); !done) return done.error();
  if (const auto done = read_flags(file, out); !done) return done.error();
  return out;
}

}  // namespace samovar::model
