#include "text/tokenizer.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "text/bpe_tokenizer.h"
#include "text/spm_tokenizer.h"

namespace samovar::text {
namespace {

constexpr size_t kMaxTokens = size_t{1} << 30;  // leaves ids for spellings that only merges use

Error corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

std::optional<Error> check_length(std::string_view key, size_t length, size_t n_tokens) {
  if (length == n_tokens) return std::nullopt;
  return corrupt(std::string(key) + " has " + std::to_string(length) +
                 " entries, tokenizer.ggml.tokens has " + std::to_string(n_tokens));
}

std::optional<Error> check_ids(const Vocabulary& v) {
  const std::pair<std::string_view, TokenId> ids[] = {
      {"tokenizer.ggml.bos_token_id", v.bos_id},         {"tokenizer.ggml.eos_token_id", v.eos_id},
      {"tokenizer.ggml.eot_token_id", v.eot_id},         {"tokenizer.ggml.unknown_token_id", v.unknown_id},
      {"tokenizer.ggml.padding_token_id", v.padding_id},
  };
  for (const auto& [key, id] : ids) {
    if (id < -1 || id >= static_cast<TokenId>(v.tokens.size())) {
      return corrupt(std::string(key) + " is " + std::to_string(id) + ", outside the vocabulary of " +
                     std::to_string(v.tokens.size()) + " tokens");
    }
  }
  return std::nullopt;
}

std::optional<Error> check_scores(const Vocabulary& v) {
  if (auto error = check_length("tokenizer.ggml.scores", v.scores.size(), v.tokens.size())) return error;
  for (size_t i = 0; i < v.scores.size(); ++i) {
    if (std::isnan(v.scores[i]))
      return corrupt("tokenizer.ggml.scores[" + std::to_string(i) + "] is not a number");
  }
  return std::nullopt;
}

std::optional<Error> check(const Vocabulary& v) {
  if (v.tokens.empty()) return corrupt("tokenizer.ggml.tokens is empty");
  if (v.tokens.size() > kMaxTokens || v.merges.size() > kMaxTokens) {
    return corrupt("tokenizer.ggml.tokens or tokenizer.ggml.merges has over " + std::to_string(kMaxTokens) +
                   " entries");
  }
  if (auto error = check_length("tokenizer.ggml.token_type", v.kinds.size(), v.tokens.size())) return error;
  if (auto error = check_ids(v)) return error;
  if (v.model == "llama") return check_scores(v);
  if (v.merges.empty())
    return corrupt("tokenizer.ggml.merges is missing or empty; tokenizer.ggml.model \"gpt2\" needs it");
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> make_tokenizer(Vocabulary vocabulary) {
  if (vocabulary.model != "llama" && vocabulary.model != "gpt2") {
    return Error{Code::kUnsupported, "tokenizer.ggml.model \"" + vocabulary.model +
                                         "\" is not supported; this program knows \"llama\" and \"gpt2\""};
  }
  if (vocabulary.kinds.empty()) vocabulary.kinds.assign(vocabulary.tokens.size(), TokenKind::kNormal);
  if (auto error = check(vocabulary)) return *error;
  return vocabulary.model == "llama" ? SpmTokenizer::make(std::move(vocabulary))
                                     : BpeTokenizer::make(std::move(vocabulary));
}

}  // namespace samovar::text
