#include "text/spm_tokenizer.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/utf8.h"

namespace samovar::text {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581, a space inside tokens

std::string escape_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (c == ' ') {
      out += kSpace;
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescape_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, kSpace.size(), kSpace) == 0) {
      out += ' ';
      at += kSpace.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

// The character at `at`, by its first byte alone: broken UTF-8 is cut as llama.cpp cuts it.
std::string_view char_at(std::string_view text, size_t at) {
  return text.substr(at, announced_utf8_length(static_cast<unsigned char>(text[at])));
}

// "<0x0A>" -> 10; -1 for another spelling.
int byte_of(std::string_view spelling) {
  if (spelling.size() != 6 || !spelling.starts_with("<0x") || spelling[5] != '>') return -1;
  int value = 0;
  for (const char c : spelling.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Scores best first, as integers: smaller for a higher score.
uint32_t rank_of(float score) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0F);  // -0 and 0 are equal scores
  return bits & 0x80000000u ? bits : ~(bits | 0x80000000u);
}

constexpr size_t kNeighbourBits = size_t{1} << 22;  // Gemma's 262k tokens set about 4 % of them

size_t neighbour_bit(std::string_view left, std::string_view right) {
  uint64_t key = 0;
  for (const char c : left) key = key << 8 | static_cast<uint8_t>(c);
  for (const char c : right) key = key << 8 | static_cast<uint8_t>(c);
  return static_cast<size_t>((key * 0x9E3779B97F4A7C15u) >> 42);
}
static_assert(kNeighbourBits == size_t{1} << (64 - 42));

}  // namespace

NeighbourSet::NeighbourSet(const std::vector<std::string>& tokens) : bits_(kNeighbourBits / 64) {
  for (const std::string& token : tokens) {
    if (token.empty()) continue;
    std::string_view left = char_at(token, 0);
    for (size_t at = left.size(); at < token.size();) {
      const std::string_view right = char_at(token, at);
      const size_t bit = neighbour_bit(left, right);
      bits_[bit / 64] |= uint64_t{1} << bit % 64;
      at += right.size();
      left = right;
    }
  }
}

bool NeighbourSet::may_join(std::string_view left, std::string_view right) const {
  const size_t bit = neighbour_bit(left, right);
  return bits_[bit / 64] >> bit % 64 & 1;
}

Result<std::unique_ptr<Tokenizer>> SpmTokenizer::make(Vocabulary vocabulary) {
  std::unique_ptr<SpmTokenizer> made(new SpmTokenizer(std::move(vocabulary)));
  if (Result<void> found = made->find_byte_tokens(); !found) return found.error();
  return std::unique_ptr<Tokenizer>(std::move(made));
}

SpmTokenizer::SpmTokenizer(Vocabulary vocabulary_in)
    : FragmentTokenizer(std::move(vocabulary_in)),
      table_(vocabulary().tokens, vocabulary().kinds),
      neighbours_(vocabulary().tokens) {}

Result<void> SpmTokenizer::find_byte_tokens() {
  byte_tokens_.fill(-1);
  const std::vector<std::string>& tokens = vocabulary().tokens;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const int byte = byte_of(tokens[i]);
    if (byte >= 0 && byte_tokens_[static_cast<size_t>(byte)] < 0)
      byte_tokens_[static_cast<size_t>(byte)] = static_cast<TokenId>(i);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    const char raw = static_cast<char>(byte);
    if (byte_tokens_[byte] < 0) byte_tokens_[byte] = table_.find(std::string_view(&raw, 1));
    if (byte_tokens_[byte] < 0) byte_tokens_[byte] = vocabulary().unknown_id;
    if (byte_tokens_[byte] < 0) {
      return Error{Code::kCorrupt, "tokenizer.ggml.tokens has no token for byte " + std::to_string(byte) +
                                       ", and tokenizer.ggml.unknown_token_id is not set"};
    }
  }
  return {};
}

void SpmTokenizer::encode_text(const Stretch& stretch, std::vector<TokenId>& out) const {
  const bool prefix = vocabulary().add_space_prefix && stretch.opens;
  const std::string text = (prefix ? std::string(kSpace) : std::string()) + escape_spaces(stretch.text);
  SymbolMerger merger;
  size_t begin = 0;
  std::string_view left = char_at(text, 0);
  for (size_t at = left.size(); at < text.size();) {
    const std::string_view right = char_at(text, at);
    if (!neighbours_.may_join(left, right)) {
      join(std::string_view(text).substr(begin, at - begin), merger, out);
      begin = at;
    }
    at += right.size();
    left = right;
  }
  join(std::string_view(text).substr(begin), merger, out);
}

void SpmTokenizer::join(std::string_view text, SymbolMerger& merger, std::vector<TokenId>& out) const {
  merger.clear();
  for (size_t at = 0; at < text.size();) {
    const size_t size = char_at(text, at).size();
    merger.add(at, size, -1);
    at += size;
  }
  merger.run(
      [&](const Symbol& a, const Symbol& b) { return find_merge(text.substr(a.begin, a.size + b.size)); });
  for (const Symbol& symbol : merger.symbols()) {
    if (symbol.size == 0) continue;
    const std::string_view spelled = text.substr(symbol.begin, symbol.size);
    const TokenId id = symbol.id >= 0 ? symbol.id : table_.find(spelled);
    if (id >= 0) {
      out.push_back(id);
      continue;
    }
    for (const char byte : spelled) out.push_back(byte_tokens_[static_cast<uint8_t>(byte)]);
  }
}

std::optional<Merge> SpmTokenizer::find_merge(std::string_view joined) const {
  const TokenId id = table_.find(joined);
  if (id < 0) return std::nullopt;
  return Merge{rank_of(vocabulary().scores[static_cast<size_t>(id)]), id};
}

std::string SpmTokenizer::text_token_bytes(TokenId id, TokenKind kind) const {
  switch (kind) {
    case TokenKind::kNormal:
    case TokenKind::kUserDefined:
      return unescape_spaces(spelling(id));
    case TokenKind::kByte: {
      const int byte = byte_of(spelling(id));
      return byte < 0 ? std::string() : std::string(1, static_cast<char>(byte));
    }
    default:
      return {};
  }
}

}  // namespace samovar::text
