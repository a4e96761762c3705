#include "history/words.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace samovar::history {
namespace {

constexpr size_t kMaxParts = 16;
constexpr size_t kBefore = 40;  // characters of a snippet before the first find
constexpr size_t kLength = 160;

char32_t fold_letter(char32_t c) {
  if (c == U'ё' || c == U'Ё') return U'е';
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) return c | 1U;
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x460 && c <= 0x4FF && (c < 0x482 || c > 0x489) && (c < 0x4C0 || c > 0x4CF)) return c | 1U;
  return c;
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Utf8Char c = decode_utf8(text, i);
    out += c.code;
    i += c.size;
  }
  return out;
}

std::string encode(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(c, out);
  return out;
}

bool is_cyrillic(char32_t c) { return c >= 0x430 && c <= 0x44F; }

// Longest first. Endings of nouns, adjectives and verbs; not a stemmer's whole grammar: what is cut too
// little is still found where the same form stands, and the index finds any part of a word.
constexpr std::array<std::u32string_view, 52> kRussianEndings = {
    U"иями", U"ейшая", U"ейший", U"ейшее", U"ость", U"ости", U"остью", U"иях", U"ями", U"ами", U"ием",
    U"иям",  U"ого",   U"его",   U"ому",   U"ему",  U"ыми",  U"ими",   U"ешь", U"ете", U"йте", U"ишь",
    U"ите",  U"ать",   U"ять",   U"ить",   U"еть",  U"ает",  U"ют",    U"ут",  U"ет",  U"ит",  U"ят",
    U"ах",   U"ях",    U"ам",    U"ям",    U"ом",   U"ем",   U"ов",    U"ев",  U"ей",  U"ый",  U"ий",
    U"ой",   U"ая",    U"яя",    U"ое",    U"ее",   U"ые",   U"ие",    U"ых"};
constexpr std::u32string_view kRussianLastLetters = U"аеиоуыьюяйх";
constexpr std::array<std::u32string_view, 4> kEnglishEndings = {U"ing", U"ies", U"ed", U"es"};
constexpr size_t kLeastStem = 4;  // letters that stay; shorter ones would find too much

bool cut_ending(std::u32string& word, std::u32string_view ending) {
  if (word.size() < ending.size() + kLeastStem || !std::u32string_view(word).ends_with(ending)) return false;
  word.resize(word.size() - ending.size());
  return true;
}

std::u32string to_stem(std::u32string word) {
  if (!word.empty() && is_cyrillic(word.back())) {
    for (const auto ending : kRussianEndings) {
      if (cut_ending(word, ending)) return word;
    }
    if (word.size() > kLeastStem && kRussianLastLetters.find(word.back()) != std::u32string_view::npos)
      word.pop_back();
    return word;
  }
  for (const auto ending : kEnglishEndings) {
    if (cut_ending(word, ending)) return word;
  }
  if (word.size() > kLeastStem && word.back() == U's') word.pop_back();
  return word;
}

bool is_separator(char32_t c) {
  return c <= U' ' || c == 0xA0 ||
         (c < 0x80 && std::u32string_view(U",;:!?\"()[]{}<>").find(c) != std::u32string_view::npos) ||
         c == U'«' || c == U'»' || c == U'…' || c == U'“' || c == U'”' || c == U'„';
}

size_t utf16_units(std::u32string_view text) {
  return text.size() + static_cast<size_t>(
                           std::count_if(text.begin(), text.end(), [](char32_t c) { return c >= 0x10000; }));
}

std::vector<std::pair<size_t, size_t>> find_marks(std::u32string_view folded,
                                                  const std::vector<std::u32string>& parts) {
  std::vector<std::pair<size_t, size_t>> marks;
  for (const std::u32string& part : parts) {
    for (size_t at = folded.find(part); at != std::u32string_view::npos;
         at = folded.find(part, at + part.size())) {
      marks.emplace_back(at, at + part.size());
    }
  }
  std::sort(marks.begin(), marks.end());
  std::vector<std::pair<size_t, size_t>> merged;
  for (const auto& mark : marks) {
    if (!merged.empty() && mark.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, mark.second);
    } else {
      merged.push_back(mark);
    }
  }
  return merged;
}

}  // namespace

std::u32string fold(std::string_view text) {
  std::u32string out = decode(text);
  for (char32_t& c : out) c = fold_letter(c);
  return out;
}

std::string fold_utf8(std::string_view text) { return encode(fold(text)); }

std::vector<std::string> query_parts(std::string_view query) {
  std::vector<std::string> parts;
  std::u32string word;
  for (const char32_t c : fold(query) + U" ") {
    if (!is_separator(c)) {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    std::string part = encode(to_stem(std::exchange(word, {})));
    if (parts.size() < kMaxParts && std::find(parts.begin(), parts.end(), part) == parts.end())
      parts.push_back(std::move(part));
  }
  return parts;
}

Snippet make_snippet(std::string_view text, const std::vector<std::string>& parts) {
  std::u32string plain = decode(text);
  std::u32string folded = plain;
  for (char32_t& c : folded) c = fold_letter(c);
  for (char32_t& c : plain) {
    if (c == U'\n' || c == U'\r' || c == U'\t') c = U' ';
  }
  std::vector<std::u32string> wanted;
  size_t first = std::u32string::npos;
  for (const std::string& part : parts) {
    wanted.push_back(fold(part));
    first = std::min(first, folded.find(wanted.back()));
  }
  if (first == std::u32string::npos) first = 0;
  const size_t begin = first > kBefore ? first - kBefore : 0;
  const size_t end = std::min(plain.size(), begin + kLength);
  Snippet snippet;
  const std::u32string head = begin > 0 ? U"… " : U"";
  const std::u32string shown = head + plain.substr(begin, end - begin) + (end < plain.size() ? U" …" : U"");
  snippet.text = encode(shown);
  const std::u32string_view window = std::u32string_view(folded).substr(begin, end - begin);
  for (const auto& [from, to] : find_marks(window, wanted)) {
    const size_t at = utf16_units(std::u32string_view(shown).substr(0, head.size() + from));
    snippet.marks.emplace_back(
        at, at + utf16_units(std::u32string_view(shown).substr(head.size() + from, to - from)));
  }
  return snippet;
}

}  // namespace samovar::history
