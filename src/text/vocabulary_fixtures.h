// Small vocabularies for this folder's tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/byte_letters.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace samovar::text {

inline TokenId add_token(Vocabulary& vocabulary, std::string_view spelling,
                         TokenKind kind = TokenKind::kNormal, float score = 0) {
  vocabulary.tokens.emplace_back(spelling);
  vocabulary.kinds.push_back(kind);
  if (vocabulary.model == "llama") vocabulary.scores.push_back(score);
  return static_cast<TokenId>(vocabulary.tokens.size() - 1);
}

// "left right" in letters; adds the joined token too.
inline TokenId add_merge(Vocabulary& vocabulary, const std::string& left, const std::string& right) {
  vocabulary.merges.push_back(left + " " + right);
  return add_token(vocabulary, left + right);
}

// Ids 0..255 are the bytes. One merge, "t h", so that the vocabulary is complete.
inline Vocabulary bpe_vocabulary(std::string_view pre = "gpt-2") {
  Vocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.pre = pre;
  for (int byte = 0; byte < 256; ++byte) add_token(vocabulary, byte_letter(static_cast<uint8_t>(byte)));
  add_merge(vocabulary, "t", "h");
  return vocabulary;
}

// 0 <unk>, 1 <s>, 2 </s>, 3..258 the bytes.
inline Vocabulary spm_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.unknown_id = add_token(vocabulary, "<unk>", TokenKind::kUnknown);
  vocabulary.bos_id = add_token(vocabulary, "<s>", TokenKind::kControl);
  vocabulary.eos_id = add_token(vocabulary, "</s>", TokenKind::kControl);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (size_t byte = 0; byte < 256; ++byte) {
    add_token(vocabulary, std::string("<0x") + kHex[byte / 16] + kHex[byte % 16] + ">", TokenKind::kByte);
  }
  vocabulary.add_space_prefix = false;
  return vocabulary;
}

// Null if the vocabulary is refused.
inline std::unique_ptr<Tokenizer> made(Vocabulary vocabulary) {
  Result<std::unique_ptr<Tokenizer>> tokenizer = make_tokenizer(std::move(vocabulary));
  return tokenizer ? std::move(*tokenizer) : nullptr;
}

// The bytes that `ids` stand for, one after the other.
inline std::string bytes_of(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  std::string out;
  for (const TokenId id : ids) out += tokenizer.token_bytes(id, Specials::kParse);
  return out;
}

}  // namespace samovar::text
