// A model's vocabulary as plain data: what a tokenizer is made from. Filled from GGUF metadata
// (keys tokenizer.ggml.*) by model/; this folder knows no file format.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace samovar::text {

using TokenId = int32_t;

// GGUF's tokenizer.ggml.token_type numbers.
enum class TokenKind : uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

struct Vocabulary {
  std::string model;  // "llama": SentencePiece; "gpt2": byte-level BPE
  std::string pre;    // pre-tokenizer of byte-level BPE: "smollm", "llama-bpe", ...
  std::vector<std::string>
      tokens;                 // [n_vocab] as in the file: U+2581 for space (SPM), GPT-2's byte letters (BPE)
  std::vector<float> scores;  // [n_vocab] SentencePiece only, else empty
  std::vector<TokenKind> kinds;     // [n_vocab]
  std::vector<std::string> merges;  // "left right", best first; byte-level BPE only
  TokenId bos_id = -1;              // -1: none
  TokenId eos_id = -1;
  TokenId eot_id = -1;  // end of turn, where it differs from eos
  TokenId unknown_id = -1;
  TokenId padding_id = -1;
  bool add_bos = false;  // encode() never adds it; the prompt builder asks this
  bool add_eos = false;
  bool add_space_prefix = true;  // SentencePiece: a space in front of the text
};

}  // namespace samovar::text
