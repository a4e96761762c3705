// Text <-> token ids. Immutable after construction: any number of threads may use one tokenizer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/prompt.h"
#include "text/vocabulary.h"

namespace samovar::text {

// Whether the spelling of a control or user-defined token ("<|im_end|>") in the text becomes that token.
enum class Specials { kAsText, kParse };

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Ids of `text`, any bytes at all (invalid UTF-8 included). Adds neither BOS nor EOS.
  // Equal to llama.cpp's llama_tokenize(add_special = false, parse_special = specials == kParse).
  [[nodiscard]] virtual std::vector<TokenId> encode(std::string_view text, Specials specials) const = 0;

  // Ids of a rendered prompt: control tokens are recognised except inside prompt.plain.
  // With no plain ranges it equals encode(prompt.text, Specials::kParse). Adds no BOS.
  [[nodiscard]] virtual std::vector<TokenId> encode_prompt(const Prompt& prompt) const = 0;

  // The bytes the token stands for; may be part of a character. Control tokens give "" (kAsText) or
  // their spelling (kParse). An id outside the vocabulary gives "".
  [[nodiscard]] virtual std::string token_bytes(TokenId id, Specials specials) const = 0;

  // Ends a generation: eos, eot and the tokens that models use for it (<|im_end|>, <end_of_turn>, <|eot_id|>,
  // ...).
  [[nodiscard]] virtual bool is_end_of_generation(TokenId id) const = 0;

  // The vocabulary given to make_tokenizer, but its kinds are corrected: every token that a user's text must
  // never become is kControl, whatever the file says ("<|im_end|>", "<end_of_turn>", ... by spelling).
  [[nodiscard]] virtual const Vocabulary& vocabulary() const = 0;
};

// Fails with kUnsupported for an unknown tokenizer model, kCorrupt for a vocabulary that contradicts
// itself (lengths, ids out of range, byte tokens or merges missing); the message names the key.
// An unknown pre-tokenizer name falls back to "default".
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> make_tokenizer(Vocabulary vocabulary);

}  // namespace samovar::text
