#include "sampling/grammar/numbers.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kWholeDigits = 16;
constexpr size_t kFractionDigits = 16;
constexpr size_t kMaxDigits = 300;

Piece digit_range(Builder& builder, char low, char high) {
  return builder.bytes(static_cast<uint8_t>(low), static_cast<uint8_t>(high));
}

Piece digits(Builder& builder, int64_t least, int64_t most) {
  return builder.repeat(builder.make_rule(digit_range(builder, '0', '9')), least, most);
}

Piece any_number(Builder& builder, bool integer) {
  const Piece whole = builder.any_of(
      {builder.literal("0"), builder.sequence(digit_range(builder, '1', '9'),
                                              digits(builder, 0, static_cast<int64_t>(kWholeDigits) - 1))});
  const Piece number = builder.sequence(builder.optional(builder.literal("-")), whole);
  if (integer) return number;
  const Piece fraction = builder.sequence(builder.literal("."), digits(builder, 1, kFractionDigits));
  const Piece sign = builder.optional(builder.any_of({builder.literal("+"), builder.literal("-")}));
  const Piece letter = builder.any_of({builder.literal("e"), builder.literal("E")});
  // Two digits: more would leave what a double can hold.
  const Piece exponent = builder.sequence(letter, builder.sequence(sign, digits(builder, 1, 2)));
  return builder.sequence(number, builder.sequence(builder.optional(fraction), builder.optional(exponent)));
}

char digit_at(const std::string& digits_text, size_t i) {
  return i < digits_text.size() ? digits_text[i] : '0';
}

bool zeros_from(const std::string& digits_text, size_t i) {
  return digits_text.find_first_not_of('0', std::min(i, digits_text.size())) == std::string::npos;
}

// Numbers of 0 or more between two limits, digit by digit. While the digits so far equal those of a limit,
// the next one is bound by it ("tight").
class Between {
 public:
  Between(Builder& builder, const Limit& low, const std::optional<Limit>& high, bool integer)
      : builder_(builder),
        low_(low),
        high_(high),
        integer_(integer),
        out_{builder.add_state(), builder.add_state()} {}

  Piece run() {
    const size_t most = high_ ? high_->whole.size() : std::max(kWholeDigits, low_.whole.size() + 1);
    for (size_t n = low_.whole.size(); n <= most; ++n) add_whole(n);
    return out_;
  }

 private:
  struct Tight {
    bool low = false;
    bool high = false;
    auto operator<=>(const Tight&) const = default;
  };

  // Numbers with `n` digits before the point.
  void add_whole(size_t n) {
    std::map<Tight, StateId> at = {{{low_.whole.size() == n, high_ && high_->whole.size() == n}, out_.begin}};
    for (size_t i = 0; i < n; ++i) {
      const char least = i == 0 && n > 1 ? '1' : '0';
      at = add_digit(at, {digit_at(low_.whole, i), high_ ? digit_at(high_->whole, i) : '9'}, least);
    }
    for (const auto& [tight, state] : at) {
      if (fits(tight, 0)) builder_.add_empty(state, out_.end);
    }
    if (!integer_) add_fraction(at);
  }

  void add_fraction(std::map<Tight, StateId> at) {
    for (auto& [tight, state] : at) {
      const StateId next = builder_.add_state();
      builder_.add_bytes(state, '.', '.', next);
      state = next;
    }
    const size_t most =
        std::max({kFractionDigits, low_.fraction.size() + 1, high_ ? high_->fraction.size() + 1 : 0});
    for (size_t i = 0; i < most; ++i) {
      at = add_digit(at, {digit_at(low_.fraction, i), high_ ? digit_at(high_->fraction, i) : '9'}, '0');
      for (const auto& [tight, state] : at) {
        if (fits(tight, i + 1)) builder_.add_empty(state, out_.end);
      }
    }
  }

  struct Bounds {
    char low;
    char high;
  };
  std::map<Tight, StateId> add_digit(const std::map<Tight, StateId>& at, Bounds bounds, char least) {
    std::map<Tight, StateId> next;
    for (const auto& [tight, state] : at) {
      const char from = std::max(least, tight.low ? bounds.low : '0');
      const char to = tight.high ? bounds.high : '9';
      for (char digit = from; digit <= to; ++digit) {
        const Tight behind{tight.low && digit == bounds.low, tight.high && digit == bounds.high};
        const auto [found, is_new] = next.try_emplace(behind, 0);
        if (is_new) found->second = builder_.add_state();
        builder_.add_bytes(state, static_cast<uint8_t>(digit), static_cast<uint8_t>(digit), found->second);
      }
    }
    return next;
  }

  // Whether the number may end after `n` digits of its fraction.
  [[nodiscard]] bool fits(Tight tight, size_t n) const {
    if (tight.low && (low_.open || !zeros_from(low_.fraction, n))) return false;
    return !tight.high || !high_->open || !zeros_from(high_->fraction, n);
  }

  Builder& builder_;
  Limit low_;
  std::optional<Limit> high_;
  bool integer_;
  Piece out_;
};

int compare_size(const Limit& a, const Limit& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  const int whole = a.whole.compare(b.whole);
  return whole != 0 ? whole : a.fraction.compare(b.fraction);
}

Limit zero(bool open) {
  Limit out;
  out.whole = "0";
  out.open = open;
  return out;
}

Limit negated(Limit limit) {
  limit.negative = !limit.negative;
  return limit;
}

}  // namespace

std::optional<Limit> Limit::parse(std::string_view text, bool open) {
  Limit out;
  out.open = open;
  out.negative = text.starts_with('-');
  if (out.negative) text.remove_prefix(1);
  const size_t e = text.find_first_of("eE");
  const long exponent =
      e == std::string_view::npos ? 0 : std::strtol(std::string(text.substr(e + 1)).c_str(), nullptr, 10);
  const std::string_view mantissa = text.substr(0, e);
  const size_t point = mantissa.find('.');
  std::string all(mantissa.substr(0, point));
  long places = static_cast<long>(all.size());
  if (point != std::string_view::npos) all += mantissa.substr(point + 1);
  places += exponent;
  if (exponent > static_cast<long>(kMaxDigits) || exponent < -static_cast<long>(kMaxDigits) ||
      all.size() > kMaxDigits) {
    return std::nullopt;
  }
  if (places < 0) all.insert(0, static_cast<size_t>(-places), '0');
  places = std::max(places, 0L);
  if (all.size() < static_cast<size_t>(places)) all.append(static_cast<size_t>(places) - all.size(), '0');
  out.whole = all.substr(0, static_cast<size_t>(places));
  out.fraction = all.substr(static_cast<size_t>(places));
  out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  if (out.whole.empty()) out.whole = "0";
  while (out.fraction.ends_with('0')) out.fraction.pop_back();
  if (out.is_zero()) out.negative = false;
  return out;
}

int compare(const Limit& a, const Limit& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  return a.negative ? compare_size(b, a) : compare_size(a, b);
}

Piece add_number(Builder& builder, const NumberRange& range) {
  if (!range.low && !range.high) return any_number(builder, range.integer);
  std::vector<Piece> choices;
  // From 0 up.
  const bool above = !range.high || !range.high->negative;
  if (above) {
    const Limit low = range.low && !range.low->negative ? *range.low : zero(false);
    if (!range.high || compare(low, *range.high) <= 0) {
      choices.push_back(Between(builder, low, range.high, range.integer).run());
    }
  }
  // Below 0, by their size.
  const bool below = !range.low || range.low->negative;
  if (below) {
    const Limit low = range.high && range.high->negative ? negated(*range.high) : zero(true);
    std::optional<Limit> high;
    if (range.low) high = negated(*range.low);
    if (!high || compare(low, *high) <= 0) {
      choices.push_back(
          builder.sequence(builder.literal("-"), Between(builder, low, high, range.integer).run()));
    }
  }
  return builder.any_of(choices);
}

}  // namespace samovar::sampling::grammar
