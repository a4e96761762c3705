#include "wire/go_time.h"

#include <array>
#include <cmath>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr double kLimitNs = 9.2e18;

Error duration_error(std::string_view what, std::string_view text) {
  return {Code::kInvalidArgument, "time: " + std::string(what) + " duration " + quote_go(text)};
}

std::optional<double> unit_ns(std::string_view unit) {
  constexpr auto kUnits = std::to_array<std::pair<std::string_view, double>>({{"ns", 1},
                                                                              {"us", 1e3},
                                                                              {"µs", 1e3},
                                                                              {"μs", 1e3},
                                                                              {"ms", 1e6},
                                                                              {"s", 1e9},
                                                                              {"m", 60e9},
                                                                              {"h", 3600e9}});
  for (const auto& [name, ns] : kUnits) {
    if (name == unit) return ns;
  }
  return std::nullopt;
}

size_t count_digits(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

std::string format_seconds(int64_t seconds, int64_t ns) {
  const auto clock = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&clock, &parts);
  std::array<char, 64> buffer{};
  const size_t n = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(buffer.data(), n);
  if (ns != 0) {
    std::string fraction = std::to_string(kSecondNs + ns).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += '.' + fraction;
  }
  return out += 'Z';
}

std::pair<int64_t, int64_t> split(int64_t ns) {
  const int64_t rest = ((ns % kSecondNs) + kSecondNs) % kSecondNs;
  return {(ns - rest) / kSecondNs, rest};
}

}  // namespace

Result<int64_t> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return int64_t{0};
  if (rest.empty()) return duration_error("invalid", text);
  double total = 0;
  while (!rest.empty()) {
    size_t digits = count_digits(rest);
    size_t length = digits;
    if (length < rest.size() && rest[length] == '.') {
      const size_t fraction = count_digits(rest.substr(length + 1));
      digits += fraction;
      length += 1 + fraction;
    }
    if (digits == 0) return duration_error("invalid", text);
    const double number = std::strtod(std::string(rest.substr(0, length)).c_str(), nullptr);
    rest.remove_prefix(length);
    size_t letters = 0;
    while (letters < rest.size() && rest[letters] != '.' && !is_digit(rest[letters])) ++letters;
    if (letters == 0) return duration_error("missing unit in", text);
    const std::optional<double> unit = unit_ns(rest.substr(0, letters));
    if (!unit) return duration_error("unknown unit " + quote_go(rest.substr(0, letters)) + " in", text);
    rest.remove_prefix(letters);
    total += number * *unit;
    if (total > kLimitNs) return duration_error("invalid", text);
  }
  const auto ns = static_cast<int64_t>(std::llround(total));
  return negative ? -ns : ns;
}

std::string format_time(int64_t unix_ns) {
  const auto [seconds, ns] = split(unix_ns);
  return format_seconds(seconds, ns);
}

std::string format_time_after(int64_t unix_ns, int64_t delay_ns) {
  const auto [seconds, ns] = split(unix_ns);
  const auto [delay_seconds, delay_rest] = split(delay_ns);
  const int64_t sum = ns + delay_rest;
  return format_seconds(seconds + delay_seconds + sum / kSecondNs, sum % kSecondNs);
}

}  // namespace samovar::wire
