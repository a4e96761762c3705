#include "text/fragment_tokenizer.h"

#include <utility>

namespace samovar::text {

FragmentTokenizer::FragmentTokenizer(Vocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)), specials_(vocabulary_) {
  for (const TokenId id : specials_.guarded()) {
    TokenKind& kind = vocabulary_.kinds[static_cast<size_t>(id)];
    if (kind != TokenKind::kUnknown) kind = TokenKind::kControl;
  }
}

std::vector<TokenId> FragmentTokenizer::encode(std::string_view text, Specials specials) const {
  return encode_fragments(text, specials_.split(text, specials, {}));
}

std::vector<TokenId> FragmentTokenizer::encode_prompt(const Prompt& prompt) const {
  return encode_fragments(prompt.text, specials_.split(prompt.text, Specials::kParse, prompt.plain));
}

std::vector<TokenId> FragmentTokenizer::encode_fragments(std::string_view text,
                                                         std::span<const Fragment> fragments) const {
  std::vector<TokenId> out;
  out.reserve(text.size() / 3 + 1);
  bool opens = true;
  for (const Fragment& fragment : fragments) {
    if (fragment.id >= 0) {
      out.push_back(fragment.id);
    } else {
      encode_text({text.substr(fragment.begin, fragment.end - fragment.begin), opens}, out);
    }
    opens = fragment.id >= 0;
  }
  return out;
}

std::string FragmentTokenizer::token_bytes(TokenId id, Specials specials) const {
  if (id < 0 || static_cast<size_t>(id) >= vocabulary_.tokens.size()) return {};
  const TokenKind kind = specials_.kind(id);
  if (kind == TokenKind::kControl || kind == TokenKind::kUnknown) {
    return specials == Specials::kParse ? spelling(id) : std::string();
  }
  return text_token_bytes(id, kind);
}

}  // namespace samovar::text
