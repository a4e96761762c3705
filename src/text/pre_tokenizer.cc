#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/pre_tokenizer.h"

#include <pcre2.h>

#include <optional>
#include <string>

#include "base/utf8.h"
#include "text/pre_tokenizer_tables.h"

namespace samovar::text {
namespace {

// Unicode's White_Space. PCRE2's own \s has U+180E too, which is no white space since Unicode 6.3.
constexpr std::string_view kWhiteSpace =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// Spells out \s and \S, inside and outside of character classes. (\S does not occur inside one.)
std::string expand_white_space(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '\\') {
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      out += c;
      continue;
    }
    const char escaped = pattern[++i];
    if (escaped == 's' || escaped == 'S') {
      if (!in_class) out += escaped == 's' ? "[" : "[^";
      out += kWhiteSpace;
      if (!in_class) out += ']';
    } else {
      out += c;
      out += escaped;
    }
  }
  return out;
}

struct FreeMatchData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
using MatchData = std::unique_ptr<pcre2_match_data, FreeMatchData>;

}  // namespace

// A compiled regular expression.
class PreTokenizer::Pattern {
 private:
  struct Match {
    size_t begin = 0;
    size_t end = 0;
  };
  struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };

 public:
  static Result<Pattern> make(std::string_view source) {
    const std::string expanded = expand_white_space(source);
    int error = 0;
    size_t offset = 0;
    Pattern pattern;
    pattern.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expanded.data()), expanded.size(),
                                      PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK, &error, &offset, nullptr));
    if (!pattern.code_) {
      return Error{Code::kInternal, "pre-tokenizer pattern \"" + expanded +
                                        "\" does not compile: PCRE2 error " + std::to_string(error) +
                                        " at offset " + std::to_string(offset)};
    }
    pattern.jit_ = pcre2_jit_compile(pattern.code_.get(), PCRE2_JIT_COMPLETE) == 0;
    return pattern;
  }

  // Cuts text[begin, end) and appends the pieces' ends to `ends`: matches, and what lies between them.
  void cut(std::string_view piece, size_t base, pcre2_match_data* data, std::vector<size_t>& ends) const {
    size_t at = 0;
    while (at < piece.size()) {
      const std::optional<Match> found = find(piece, at, data);
      if (!found || found->end <= at) break;
      if (found->begin > at) ends.push_back(base + found->begin);
      ends.push_back(base + found->end);
      at = found->end;
    }
    if (at < piece.size()) ends.push_back(base + piece.size());
  }

 private:
  // Nothing where the pattern does not match, or where PCRE2 gives up (match limits on hostile text).
  std::optional<Match> find(std::string_view piece, size_t at, pcre2_match_data* data) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(piece.data());
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;
    if (jit_) rc = pcre2_jit_match(code_.get(), subject, piece.size(), at, PCRE2_NO_UTF_CHECK, data, nullptr);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
      rc = pcre2_match(code_.get(), subject, piece.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data,
                       nullptr);
    }
    if (rc < 0) return std::nullopt;
    const size_t* offsets = pcre2_get_ovector_pointer(data);
    return Match{offsets[0], offsets[1]};
  }

  std::unique_ptr<pcre2_code, FreeCode> code_;
  bool jit_ = false;
};

PreTokenizer::PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

Result<PreTokenizer> PreTokenizer::make(std::string_view name) {
  const PreTokenizerStyle& style = pre_tokenizer_style(name);
  PreTokenizer made;
  made.whole_pieces_first_ = style.whole_pieces_first;
  for (const std::string_view source : style.stages) {
    if (source.empty()) break;
    Result<Pattern> pattern = Pattern::make(source);
    if (!pattern) return pattern.error();
    made.stages_.push_back(std::move(*pattern));
  }
  return made;
}

std::vector<size_t> PreTokenizer::split(std::string_view text) const {
  if (is_valid_utf8(text)) return split_valid(text);
  std::string mended;
  mended.reserve(text.size() + text.size() / 2);
  std::vector<size_t> origin;  // [mended]: where in `text` the byte comes from
  origin.reserve(mended.capacity());
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    append_utf8(c.code, mended);
    origin.resize(mended.size(), at);
    at += c.size;
  }
  origin.push_back(text.size());
  std::vector<size_t> ends = split_valid(mended);
  for (size_t& end : ends) end = origin[end];
  return ends;
}

std::vector<size_t> PreTokenizer::split_valid(std::string_view text) const {
  std::vector<size_t> ends;
  if (text.empty()) return ends;
  ends.push_back(text.size());
  const MatchData data(pcre2_match_data_create(1, nullptr));
  if (!data) return ends;
  for (const Pattern& stage : stages_) {
    std::vector<size_t> finer;
    finer.reserve(ends.size() + text.size() / 8);
    size_t begin = 0;
    for (const size_t end : ends) {
      stage.cut(text.substr(begin, end - begin), begin, data.get(), finer);
      begin = end;
    }
    ends = std::move(finer);
  }
  return ends;
}

}  // namespace samovar::text
