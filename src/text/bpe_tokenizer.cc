#include "text/bpe_tokenizer.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>

#include "text/byte_letters.h"

namespace samovar::text {
namespace {

uint64_t pair_key(TokenId left, TokenId right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
}

// Spelling -> symbol id while merges are read: tokens, and further ids for spellings that no token has.
class SymbolNames {
 public:
  SymbolNames(const TokenTable& table, size_t n_vocab)
      : table_(table), next_(static_cast<TokenId>(n_vocab)) {}

  TokenId id_of(std::string_view spelling) {
    const TokenId token = table_.find(spelling);
    if (token >= 0) return token;
    const auto [entry, added] = others_.try_emplace(std::string(spelling), next_);
    if (added) ++next_;
    return entry->second;
  }

 private:
  const TokenTable& table_;
  TokenId next_;
  std::unordered_map<std::string, TokenId> others_;
};

}  // namespace

PairTable::PairTable(size_t n_pairs) : slots_(std::bit_ceil(std::max<size_t>(2 * n_pairs, 16))) {}

size_t PairTable::slot_of(uint64_t pair) const {
  const size_t mask = slots_.size() - 1;
  size_t at = (pair * 0x9E3779B97F4A7C15u) >> 32 & mask;
  while (slots_[at].merge.id >= 0 && slots_[at].pair != pair) at = (at + 1) & mask;
  return at;
}

void PairTable::insert(TokenId left, TokenId right, Merge merge) {
  Slot& slot = slots_[slot_of(pair_key(left, right))];
  if (slot.merge.id < 0) slot = {pair_key(left, right), merge};
}

std::optional<Merge> PairTable::find(TokenId left, TokenId right) const {
  const Slot& slot = slots_[slot_of(pair_key(left, right))];
  if (slot.merge.id < 0) return std::nullopt;
  return slot.merge;
}

Result<std::unique_ptr<Tokenizer>> BpeTokenizer::make(Vocabulary vocabulary) {
  Result<PreTokenizer> pre = PreTokenizer::make(vocabulary.pre);
  if (!pre) return pre.error();
  std::unique_ptr<BpeTokenizer> made(new BpeTokenizer(std::move(vocabulary), std::move(*pre)));
  if (Result<void> read = made->read_merges(); !read) return read.error();
  return std::unique_ptr<Tokenizer>(std::move(made));
}

BpeTokenizer::BpeTokenizer(Vocabulary vocabulary_in, PreTokenizer pre_tokenizer)
    : FragmentTokenizer(std::move(vocabulary_in)),
      pre_tokenizer_(std::move(pre_tokenizer)),
      table_(vocabulary().tokens, vocabulary().kinds),
      pairs_(vocabulary().merges.size()) {}

Result<void> BpeTokenizer::read_merges() {
  SymbolNames names(table_, vocabulary().tokens.size());
  for (size_t byte = 0; byte < 256; ++byte) {
    byte_tokens_[byte] = table_.find(byte_letter(static_cast<uint8_t>(byte)));
    byte_symbols_[byte] = names.id_of(byte_letter(static_cast<uint8_t>(byte)));
  }
  const std::vector<std::string>& merges = vocabulary().merges;
  std::string joined;
  for (size_t i = 0; i < merges.size(); ++i) {
    const std::string_view merge = merges[i];
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == merge.size()) {
      return Error{Code::kCorrupt, "tokenizer.ggml.merges[" + std::to_string(i) + "] is \"" + merges[i] +
                                       "\", not two symbols with a space between"};
    }
    const std::string_view left = merge.substr(0, space);
    const std::string_view right = merge.substr(space + 1);
    joined.assign(left).append(right);
    pairs_.insert(names.id_of(left), names.id_of(right), {static_cast<uint32_t>(i), names.id_of(joined)});
  }
  return {};
}

void BpeTokenizer::encode_text(const Stretch& stretch, std::vector<TokenId>& out) const {
  SymbolMerger merger;
  std::string letters;
  size_t begin = 0;
  for (const size_t end : pre_tokenizer_.split(stretch.text)) {
    const std::string_view piece = stretch.text.substr(begin, end - begin);
    begin = end;
    if (pre_tokenizer_.whole_pieces_first() && encode_whole(piece, letters, out)) continue;
    encode_piece(piece, merger, out);
  }
}

bool BpeTokenizer::encode_whole(std::string_view piece, std::string& letters,
                                std::vector<TokenId>& out) const {
  if (piece.size() > table_.longest()) return false;
  letters.clear();
  append_letters(piece, letters);
  const TokenId id = table_.find(letters);
  if (id >= 0) out.push_back(id);
  return id >= 0;
}

void BpeTokenizer::encode_piece(std::string_view piece, SymbolMerger& merger,
                                std::vector<TokenId>& out) const {
  merger.clear();
  for (size_t i = 0; i < piece.size(); ++i) merger.add(i, 1, byte_symbols_[static_cast<uint8_t>(piece[i])]);
  merger.run([this](const Symbol& left, const Symbol& right) { return pairs_.find(left.id, right.id); });
  const auto n_vocab = static_cast<TokenId>(vocabulary().tokens.size());
  for (const Symbol& symbol : merger.symbols()) {
    if (symbol.size == 0) continue;
    if (symbol.id < n_vocab) {
      out.push_back(symbol.id);
      continue;
    }
    for (const char byte : piece.substr(symbol.begin, symbol.size)) {
      const TokenId id = byte_tokens_[static_cast<uint8_t>(byte)];
      if (id >= 0) out.push_back(id);  // llama.cpp drops bytes that the vocabulary lacks, too
    }
  }
}

std::string BpeTokenizer::text_token_bytes(TokenId id, TokenKind kind) const {
  if (kind == TokenKind::kNormal) return letters_to_bytes(spelling(id));
  return kind == TokenKind::kUserDefined ? spelling(id) : std::string();
}

}  // namespace samovar::text
