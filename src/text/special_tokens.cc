#include "text/special_tokens.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "text/special_tokens_tables.h"

namespace samovar::text {
namespace {

// Well-known spellings that this vocabulary has.
using Found = std::unordered_map<std::string_view, TokenId>;

const std::unordered_map<std::string_view, KnownRole>& roles() {
  static const auto instance = [] {
    std::unordered_map<std::string_view, KnownRole> map;
    for (const KnownToken& known : known_tokens()) map.emplace(known.spelling, known.role);
    return map;
  }();
  return instance;
}

std::optional<KnownRole> role_of(std::string_view spelling) {
  constexpr std::string_view kFirstBytes =
      "<[_\xE2";  // of every known spelling: spares a hash per ordinary token
  if (spelling.size() < 4 || kFirstBytes.find(spelling[0]) == std::string_view::npos) return std::nullopt;
  const auto found = roles().find(spelling);
  if (found == roles().end()) return std::nullopt;
  return found->second;
}

// Phi-3's tokens swallow the white space behind them; files do not say so.
bool is_phi3(const Vocabulary& vocabulary) {
  if (vocabulary.model != "llama") return false;
  const auto has = [&](std::string_view spelling) {
    return std::find(vocabulary.tokens.rbegin(), vocabulary.tokens.rend(), spelling) !=
           vocabulary.tokens.rend();
  };
  return vocabulary.tokens.size() < 40000 && has("<|placeholder1|>") && has("<|assistant|>");
}

bool is_white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary) : kinds_(vocabulary.kinds) {
  first_.fill(-1);
  correct_kinds(vocabulary);
  const bool phi3 = is_phi3(vocabulary);
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const TokenKind kind = kinds_[i];
    const std::string& spelling = vocabulary.tokens[i];
    const bool control = kind == TokenKind::kControl || kind == TokenKind::kUnknown;
    if (spelling.empty() || (!control && kind != TokenKind::kUserDefined)) continue;
    Node node;
    node.id = static_cast<TokenId>(i);
    node.control = control;
    node.guarded = control || role_of(spelling).has_value();
    node.swallows = phi3 && spelling != "<unk>" && spelling != "<s>" && spelling != "<|endoftext|>";
    if (node.guarded) guarded_.push_back(node.id);
    add(spelling, node);
  }
}

void SpecialTokens::correct_kinds(const Vocabulary& vocabulary) {
  Found found;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const auto role = role_of(vocabulary.tokens[i]);
    if (!role) continue;
    const auto id = static_cast<TokenId>(i);
    found.emplace(vocabulary.tokens[i], id);
    if (*role == KnownRole::kEndsGeneration) ends_.push_back(id);
    if (*role == KnownRole::kRendered) kinds_[i] = TokenKind::kUserDefined;
    if (*role == KnownRole::kEndsGeneration || *role == KnownRole::kControl) kinds_[i] = TokenKind::kControl;
  }
  for (const TokenId id : {vocabulary.eos_id, vocabulary.eot_id}) {
    if (id >= 0) ends_.push_back(id);
  }
  const auto keep_open = [&](std::string_view spelling, TokenKind kind) {
    const TokenId id = found.at(spelling);
    std::erase(ends_, id);
    kinds_[static_cast<size_t>(id)] = kind;
  };
  // gpt-oss and Solar Open close a part of an answer with <|end|>; Gemma 4 has </s> as an HTML tag.
  const bool parts =
      (found.contains("<|return|>") && (found.contains("<|call|>") || found.contains("<|calls|>"))) ||
      (found.contains("<|flush|>") && (found.contains("<|call|>") || found.contains("<|calls|>")));
  if (parts && found.contains("<|end|>")) keep_open("<|end|>", TokenKind::kUserDefined);
  if (found.contains("<|tool_response>") && found.contains("</s>")) keep_open("</s>", TokenKind::kNormal);
  std::sort(ends_.begin(), ends_.end());
}

void SpecialTokens::add(std::string_view spelling, const Node& node) {
  int32_t at = -1;
  for (const char c : spelling) {
    const auto byte = static_cast<uint8_t>(c);
    int32_t next = child_of(at, byte);
    if (next < 0) {
      next = static_cast<int32_t>(nodes_.size());
      nodes_.push_back({});
      nodes_.back().byte = byte;
      int32_t& head = at < 0 ? first_[byte] : nodes_[static_cast<size_t>(at)].child;
      nodes_.back().sibling = head;
      head = next;
    }
    at = next;
  }
  Node& last = nodes_[static_cast<size_t>(at)];
  if (last.id >= 0) return;  // a second token of the same spelling
  last.id = node.id;
  last.control = node.control;
  last.guarded = node.guarded;
  last.swallows = node.swallows;
  longest_ = std::max(longest_, spelling.size());
}

int32_t SpecialTokens::child_of(int32_t parent, uint8_t byte) const {
  if (parent < 0) return first_[byte];
  int32_t child = nodes_[static_cast<size_t>(parent)].child;
  while (child >= 0 && nodes_[static_cast<size_t>(child)].byte != byte)
    child = nodes_[static_cast<size_t>(child)].sibling;
  return child;
}

bool SpecialTokens::ends_generation(TokenId id) const {
  return std::binary_search(ends_.begin(), ends_.end(), id);
}

// One search: every place where a token could start, longest spellings first, each place once. A place whose
// spelling runs into a taken one tries its next shorter spelling later.
class SpecialSearch {
 public:
  SpecialSearch(const SpecialTokens& tokens, std::string_view text, Specials specials,
                std::span<const Range> plain)
      : tokens_(tokens), text_(text), specials_(specials), plain_(plain) {}

  std::vector<Fragment> run() {
    if (!find_places())
      return text_.empty() ? std::vector<Fragment>{} : std::vector<Fragment>{{0, text_.size(), -1}};
    taken_.assign(text_.size(), 0);
    for (size_t size = tokens_.longest_; size > 0; --size) take_all(size);
    return fragments();
  }

 private:
  struct Match {
    size_t size = 0;  // bytes, 0: none
    const SpecialTokens::Node* node = nullptr;
  };

  bool find_places() {
    bool any = false;
    for (size_t at = 0; at < text_.size(); ++at) {
      if (tokens_.first_[static_cast<uint8_t>(text_[at])] < 0) continue;
      const size_t size = longest_at(at, text_.size()).size;
      if (size == 0) continue;
      if (!any) places_.resize(tokens_.longest_ + 1);
      any = true;
      places_[size].push_back(at);
    }
    return any;
  }

  // The longest token that starts at `at` and ends at or before `limit`.
  [[nodiscard]] Match longest_at(size_t at, size_t limit) const {
    Match best;
    int32_t node = -1;
    for (size_t end = at; end < limit; ++end) {
      node = tokens_.child_of(node, static_cast<uint8_t>(text_[end]));
      if (node < 0) break;
      const SpecialTokens::Node& here = tokens_.nodes_[static_cast<size_t>(node)];
      if (here.id >= 0 && allowed(here, at, end + 1)) best = {end + 1 - at, &here};
    }
    return best;
  }

  [[nodiscard]] bool allowed(const SpecialTokens::Node& node, size_t begin, size_t end) const {
    if (node.control && specials_ == Specials::kAsText) return false;
    if (!node.guarded) return true;
    auto range =
        std::partition_point(plain_.begin(), plain_.end(), [&](const Range& r) { return r.end <= begin; });
    while (range != plain_.end() && range->begin == range->end) ++range;  // empty ranges overlap nothing
    return range == plain_.end() || range->begin >= end;
  }

  void take_all(size_t size) {
    std::sort(places_[size].begin(), places_[size].end());
    for (size_t i = 0; i < places_[size].size(); ++i) {
      const size_t at = places_[size][i];
      if (taken_[at]) continue;
      const auto begin = taken_.begin() + static_cast<ptrdiff_t>(at);
      const auto free_end = std::find(begin, begin + static_cast<ptrdiff_t>(size), uint8_t{1});
      const Match match = longest_at(at, at + static_cast<size_t>(free_end - begin));
      if (match.size == size) {
        take(at, match);
      } else if (match.size > 0) {
        places_[match.size].push_back(at);
      }
    }
  }

  void take(size_t at, const Match& match) {
    const size_t end = at + match.size;
    std::fill(taken_.begin() + static_cast<ptrdiff_t>(at), taken_.begin() + static_cast<ptrdiff_t>(end),
              uint8_t{1});
    found_.push_back({at, end, match.node->id});
    if (!match.node->swallows) return;
    for (size_t i = end; i < text_.size() && !taken_[i] && is_white(text_[i]); ++i) taken_[i] = 1;
  }

  std::vector<Fragment> fragments() {
    std::sort(found_.begin(), found_.end(),
              [](const Fragment& a, const Fragment& b) { return a.begin < b.begin; });
    std::vector<Fragment> out;
    out.reserve(2 * found_.size() + 1);
    size_t at = 0;
    const auto add_text = [&](size_t end) {
      while (at < end && taken_[at]) ++at;
      if (at < end) out.push_back({at, end, -1});
    };
    for (const Fragment& token : found_) {
      add_text(token.begin);
      out.push_back(token);
      at = token.end;
    }
    add_text(text_.size());
    return out;
  }

  const SpecialTokens& tokens_;
  std::string_view text_;
  Specials specials_;
  std::span<const Range> plain_;
  std::vector<std::vector<size_t>> places_;  // [bytes of the spelling]: where such a token may start
  std::vector<uint8_t> taken_;               // [text]: 1 where a token or swallowed white space lies
  std::vector<Fragment> found_;
};

std::vector<Fragment> SpecialTokens::split(std::string_view text, Specials specials,
                                           std::span<const Range> plain) const {
  return SpecialSearch(*this, text, specials, plain).run();
}

}  // namespace samovar::text
