#include "text/pre_tokenizer_tables.h"

#include <algorithm>

namespace samovar::text {
namespace {

using View = std::string_view;

constexpr View kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr View kOneDigit = R"(\p{N})";
constexpr View kThreeDigits = R"(\p{N}{1,3})";
constexpr View kLine = R"([^\n]+|\n+)";

// Llama 3, with up to three digits in a piece, and Qwen 2, with one.
constexpr View kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kAnyDigits =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kNoContractions =
    R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kJais2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s)";
constexpr View kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kBailing =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";

// Capitals and small letters apart: o200k (GPT-4o, Llama 4) and Mistral's Tekken.
constexpr View kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr View kYoutuScripts =
    R"([\x{ac00}-\x{d7a3}\x{3131}-\x{318e}]+|[\x{ff01}\x{2026}\x{201c}\x{201d}\x{2018}\x{2019}\x{2014}\x{ff1a}\x{ff1b}\x{ff0c}\x{3001}-\x{303f}\x{fe30}-\x{fe4f}]+|[\x{3105}-\x{312f}]+|[\x{4e00}-\x{9fa5}\x{3040}-\x{30ff}]+)";
constexpr View kYoutu =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Falcon, and what GGUF calls "default": punctuation first.
constexpr View kPunctuation = R"([\p{P}$+<=>^~|]+)";
constexpr View kPunctuationAndTick = R"([\p{P}$+<=>^~|`]+)";
constexpr View kDigitTriples = R"([0-9][0-9][0-9])";

// DeepSeek.
constexpr View kOneNewline = R"([\r\n])";
constexpr View kCasedWord = R"(\s?\p{L&}+)";
constexpr View kWidePunctuation =
    R"(\s?[!-/:-~\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff5e}\x{2018}-\x{201f}\x{3000}-\x{3002}]+)";
constexpr View kTrailingSpace = R"((?<!\s)\s+$)";  // the look-behind spares a try at each space of a long run
constexpr View kFarEast = R"([\x{800}-\x{9fa5}\x{ac00}-\x{d7ff}]+)";
constexpr View kCjk = R"([\x{4e00}-\x{9fa5}\x{3040}-\x{30ff}]+)";
constexpr View kDigits = R"(\p{N}+)";
constexpr View kWord = R"(\s?\p{L}+)";
constexpr View kMarks = R"(\s?\p{P}+)";
constexpr View kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr View kBloom = R"( ?[^(\s|.,!?\x{2026}\x{3002}\x{ff0c}\x{3001}\x{964}\x{6d4}\x{60c})]+)";
constexpr View kExaoneMoe =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*+(?: \p{L}\p{M}*+)*+)++|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+)";

constexpr PreTokenizerStyle kDefaultStyle{{kPunctuation, kGpt2, kDigits, kDigitTriples}};
constexpr PreTokenizerStyle kGpt2Style{{kGpt2}};
constexpr PreTokenizerStyle kDigitsApartStyle{{kOneDigit, kGpt2}};
constexpr PreTokenizerStyle kLlama3Style{{kLlama3}};
constexpr PreTokenizerStyle kLlama3WholeStyle{{kLlama3}, true};
constexpr PreTokenizerStyle kQwen2Style{{kQwen2}};
constexpr PreTokenizerStyle kBloomStyle{{kBloom}};
constexpr PreTokenizerStyle kGpt4oStyle{{kGpt4o}};
constexpr PreTokenizerStyle kBailingStyle{{kBailing}};
constexpr PreTokenizerStyle kDeepSeek3Style{{kThreeDigits, kCjk, kDeepSeek3}};

struct Row {
  View name;
  PreTokenizerStyle style;
};

constexpr Row kRows[] = {
    {"default", kDefaultStyle},
    {"llama3", kLlama3WholeStyle},
    {"llama-v3", kLlama3WholeStyle},
    {"llama-bpe", kLlama3WholeStyle},
    {"falcon3", kLlama3WholeStyle},
    {"falcon-h1", kLlama3WholeStyle},
    {"pixtral", kLlama3WholeStyle},
    {"midm-2.0", kLlama3WholeStyle},
    {"lfm2", kLlama3WholeStyle},
    {"jina-v5-nano", kLlama3WholeStyle},
    {"dbrx", kLlama3Style},
    {"smaug-bpe", kLlama3Style},
    {"glm4", kLlama3Style},
    {"chatglm-bpe", kLlama3Style},
    {"jais-2", {{kJais2}}},
    {"minicpm5", {{kThreeDigits, kAnyDigits}, true}},
    {"qwen2", kQwen2Style},
    {"deepseek-r1-qwen", kQwen2Style},
    {"kormo", kQwen2Style},
    {"f2llmv2", kQwen2Style},
    {"megrez", kQwen2Style},
    {"stablelm2", kQwen2Style},
    {"hunyuan", kQwen2Style},
    {"solar-open", kQwen2Style},
    {"grok-2", kQwen2Style},
    {"qwen35", {{kQwen35}}},
    {"ufakzeka", {{kNoContractions}}},
    {"laguna", {{kLine, kQwen2}}},
    {"seed-coder", {{kSeedCoder}}},
    {"bailingmoe", kBailingStyle},
    {"bailingmoe2", kBailingStyle},
    {"llada-moe", kBailingStyle},
    {"gpt-2", kGpt2Style},
    {"phi-2", kGpt2Style},
    {"jina-es", kGpt2Style},
    {"jina-de", kGpt2Style},
    {"jina-v1-en", kGpt2Style},
    {"jina-v2-es", kGpt2Style},
    {"jina-v2-de", kGpt2Style},
    {"jina-v2-code", kGpt2Style},
    {"roberta-bpe", kGpt2Style},
    {"gigachat", kGpt2Style},
    {"a.x-4.0", kGpt2Style},
    {"mellum", kGpt2Style},
    {"modern-bert", kGpt2Style},
    {"exaone4", kGpt2Style},
    {"mpt", kGpt2Style},
    {"olmo", kGpt2Style},
    {"jais", kGpt2Style},
    {"trillion", kGpt2Style},
    {"granite-docling", kGpt2Style},
    {"smollm", kDigitsApartStyle},
    {"starcoder", kDigitsApartStyle},
    {"refact", kDigitsApartStyle},
    {"command-r", kDigitsApartStyle},
    {"codeshell", kDigitsApartStyle},
    {"exaone", kDigitsApartStyle},
    {"minerva-7b", kDigitsApartStyle},
    {"mellum2", kDigitsApartStyle},
    {"falcon", {{kPunctuationAndTick, kGpt2, kDigitTriples}}},
    {"deepseek-llm", {{kOneNewline, kCasedWord, kWidePunctuation, kTrailingSpace, kFarEast, kDigits}}},
    {"deepseek-coder", {{kOneNewline, kWord, kMarks, kFarEast, kOneDigit}}},
    {"deepseek-v3", kDeepSeek3Style},
    {"hunyuan-dense", kDeepSeek3Style},
    {"joyai-llm", kDeepSeek3Style},
    {"hy_v4", kDeepSeek3Style},
    {"poro-chat", kBloomStyle},
    {"bloom", kBloomStyle},
    {"gpt3-finnish", kBloomStyle},
    {"viking", {{kBloom, kOneDigit}}},
    {"tekken", {{kTekken}, true}},
    {"gpt-4o", kGpt4oStyle},
    {"llama4", kGpt4oStyle},
    {"kanana2", kGpt4oStyle},
    {"talkie", kGpt4oStyle},
    {"minimax-m2", kGpt4oStyle},
    {"granite-embed-multi-97m", {{kGpt4o}, true}},
    {"youtu", {{kYoutuScripts, kYoutu}, true}},
    {"exaone-moe", {{kExaoneMoe}}},
};

}  // namespace

const PreTokenizerStyle& pre_tokenizer_style(std::string_view name) {
  const auto* row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == name; });
  return row == std::end(kRows) ? kRows[0].style : row->style;
}

std::vector<std::string_view> pre_tokenizer_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

}  // namespace samovar::text
