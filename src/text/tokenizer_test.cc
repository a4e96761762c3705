#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "text/vocabulary_fixtures.h"

namespace samovar::text {
namespace {

// The refusal of `vocabulary`; its message must name `key`.
void expect_refused(const Vocabulary& vocabulary, Code code, std::string_view key) {
  const auto result = make_tokenizer(vocabulary);
  ASSERT_FALSE(result.ok()) << key;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_NE(result.error().message.find(key), std::string::npos) << result.error().message;
}

TEST(MakeTokenizer, RefusesUnknownModels) {
  Vocabulary vocabulary = bpe_vocabulary();
  vocabulary.model = "bert";
  expect_refused(vocabulary, Code::kUnsupported, "tokenizer.ggml.model \"bert\"");
}

TEST(MakeTokenizer, RefusesVocabulariesThatContradictThemselves) {
  Vocabulary vocabulary = bpe_vocabulary();
  vocabulary.tokens.clear();
  expect_refused(vocabulary, Code::kCorrupt, "tokenizer.ggml.tokens");

  vocabulary = bpe_vocabulary();
  vocabulary.kinds.pop_back();
  expect_refused(vocabulary, Code::kCorrupt, "tokenizer.ggml.token_type has 256 entries");

  vocabulary = bpe_vocabulary();
  vocabulary.merges.clear();
  expect_refused(vocabulary, Code::kCorrupt, "tokenizer.ggml.merges");

  vocabulary = spm_vocabulary();
  vocabulary.scores.pop_back();
  expect_refused(vocabulary, Code::kCorrupt, "tokenizer.ggml.scores has 258 entries");

  vocabulary = spm_vocabulary();
  vocabulary.scores[7] = NAN;
  expect_refused(vocabulary, Code::kCorrupt, "tokenizer.ggml.scores[7]");
}

TEST(MakeTokenizer, RefusesIdsOutsideTheVocabulary) {
  const std::pair<TokenId Vocabulary::*, std::string_view> fields[] = {
      {&Vocabulary::bos_id, "tokenizer.ggml.bos_token_id is 257"},
      {&Vocabulary::eos_id, "tokenizer.ggml.eos_token_id is 257"},
      {&Vocabulary::eot_id, "tokenizer.ggml.eot_token_id is 257"},
      {&Vocabulary::unknown_id, "tokenizer.ggml.unknown_token_id is 257"},
      {&Vocabulary::padding_id, "tokenizer.ggml.padding_token_id is 257"},
  };
  for (const auto& [field, key] : fields) {
    Vocabulary vocabulary = bpe_vocabulary();
    vocabulary.*field = 257;
    expect_refused(vocabulary, Code::kCorrupt, key);
    vocabulary.*field = 256;
    EXPECT_TRUE(make_tokenizer(vocabulary).ok()) << key;
    vocabulary.*field = -2;
    EXPECT_FALSE(make_tokenizer(vocabulary).ok()) << key;
  }
}

TEST(MakeTokenizer, TakesFilesWithoutKindsAndWithEmptyOrRepeatedTokens) {
  Vocabulary vocabulary = bpe_vocabulary();
  vocabulary.kinds.clear();
  vocabulary.tokens.emplace_back();
  vocabulary.tokens.emplace_back("th");
  const auto tokenizer = made(vocabulary);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->encode("th", Specials::kParse), std::vector<TokenId>{256});
  EXPECT_EQ(tokenizer->vocabulary().tokens.size(), 259U);
}

TEST(MakeTokenizer, EndOfGeneration) {
  Vocabulary vocabulary = bpe_vocabulary();
  vocabulary.eos_id = 5;
  vocabulary.eot_id = 6;
  const TokenId im_end = add_token(vocabulary, "<|im_end|>", TokenKind::kControl);
  const auto tokenizer = made(vocabulary);
  ASSERT_TRUE(tokenizer);
  for (const TokenId id : {5, 6, im_end}) EXPECT_TRUE(tokenizer->is_end_of_generation(id)) << id;
  for (const TokenId id : {-1, 0, 7, 1000}) EXPECT_FALSE(tokenizer->is_end_of_generation(id)) << id;
}

TEST(MakeTokenizer, CorrectsTheKindsOfTokensThatUsersMustNotWrite) {
  Vocabulary vocabulary = bpe_vocabulary();
  const TokenId end = add_token(vocabulary, "<|im_end|>", TokenKind::kNormal);
  const TokenId turn = add_token(vocabulary, "<|im_start|>", TokenKind::kUserDefined);
  const TokenId channel = add_token(vocabulary, "<|channel|>", TokenKind::kControl);
  const TokenId tag = add_token(vocabulary, "<b>", TokenKind::kUserDefined);
  const auto tokenizer = made(vocabulary);
  ASSERT_TRUE(tokenizer);
  const auto kind = [&](TokenId id) { return tokenizer->vocabulary().kinds[static_cast<size_t>(id)]; };
  for (const TokenId id : {end, turn, channel}) EXPECT_EQ(kind(id), TokenKind::kControl) << id;
  EXPECT_EQ(kind(tag), TokenKind::kUserDefined);
  EXPECT_EQ(tokenizer->token_bytes(channel, Specials::kAsText), "<|channel|>");
  EXPECT_EQ(tokenizer->token_bytes(turn, Specials::kAsText), "<|im_start|>");
  EXPECT_EQ(tokenizer->token_bytes(end, Specials::kAsText), "");
}

}  // namespace
}  // namespace samovar::text
