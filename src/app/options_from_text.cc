#include "app/options_from_text.h"

#include <array>
#include <charconv>
#include <variant>

namespace samovar::app {
namespace {

using backend::Options;

using Member =
    std::variant<std::optional<float> Options::*, std::optional<int32_t> Options::*,
                 std::optional<int64_t> Options::*, std::optional<std::vector<std::string>> Options::*>;

struct Known {
  std::string_view name;
  Member member;
  std::string_view value;
  std::string_view help;
};

const std::array<Known, 14>& known_options() {
  static const std::array<Known, 14> options = {{
      {"seed", &Options::seed, "<int>", "Random number seed"},
      {"num_predict", &Options::num_predict, "<int>", "Max number of tokens to predict"},
      {"top_k", &Options::top_k, "<int>", "Pick from top k num of tokens"},
      {"top_p", &Options::top_p, "<float>", "Pick token based on sum of probabilities"},
      {"min_p", &Options::min_p, "<float>", "Pick token based on top token probability * min_p"},
      {"typical_p", &Options::typical_p, "<float>", "Pick tokens of typical surprise only"},
      {"num_ctx", &Options::num_ctx, "<int>", "Set the context size"},
      {"num_keep", &Options::num_keep, "<int>", "Tokens of the beginning to keep when the context is full"},
      {"temperature", &Options::temperature, "<float>", "Set creativity level"},
      {"repeat_penalty", &Options::repeat_penalty, "<float>", "How strongly to penalize repetitions"},
      {"repeat_last_n", &Options::repeat_last_n, "<int>", "Set how far back to look for repetitions"},
      {"presence_penalty", &Options::presence_penalty, "<float>", "Penalize tokens that came already"},
      {"frequency_penalty", &Options::frequency_penalty, "<float>", "Penalize tokens by how often they came"},
      {"stop", &Options::stop, "<string> <string> ...", "Set the stop parameters"},
  }};
  return options;
}

template <typename Number>
Result<Number> parse_number(std::string_view name, const std::vector<std::string>& values,
                            std::string_view kind) {
  Number number{};
  if (values.size() == 1) {
    const std::string& text = values.front();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  std::string given;
  for (const std::string& value : values) given += (given.empty() ? "" : " ") + value;
  return Error{Code::kInvalidArgument,
               "parameter '" + std::string(name) + "' needs " + std::string(kind) + ", not '" + given + "'"};
}

struct Assign {
  Options& options;
  std::string_view name;
  const std::vector<std::string>& values;

  template <typename Number>
  Result<void> number(std::optional<Number> Options::*member, std::string_view kind) const {
    const Result<Number> parsed = parse_number<Number>(name, values, kind);
    if (!parsed) return parsed.error();
    options.*member = *parsed;
    return {};
  }
  Result<void> operator()(std::optional<float> Options::*member) const { return number(member, "a number"); }
  Result<void> operator()(std::optional<int32_t> Options::*member) const {
    return number(member, "a whole number");
  }
  Result<void> operator()(std::optional<int64_t> Options::*member) const {
    return number(member, "a whole number");
  }
  Result<void> operator()(std::optional<std::vector<std::string>> Options::*member) const {
    options.*member = values;
    return {};
  }
};

std::string number_text(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}
std::string number_text(int32_t value) { return std::to_string(value); }
std::string number_text(int64_t value) { return std::to_string(value); }

}  // namespace

Result<void> set_option(Options& options, std::string_view name, const std::vector<std::string>& values) {
  for (const Known& known : known_options()) {
    if (known.name == name) return std::visit(Assign{options, name, values}, known.member);
  }
  return Error{Code::kInvalidArgument, "unknown parameter '" + std::string(name) + "' (see /set parameter)"};
}

std::string options_help() {
  std::string text;
  for (const Known& known : known_options()) {
    std::string line = "  /set parameter " + std::string(known.name) + " " + std::string(known.value);
    if (line.size() < 46) line.resize(46, ' ');
    text += line + " " + std::string(known.help) + "\n";
  }
  return text;
}

std::vector<std::vector<std::string>> option_rows(const Options& options) {
  std::vector<std::vector<std::string>> rows;
  for (const Known& known : known_options()) {
    const auto add = [&](const auto& member) {
      if (!(options.*member)) return;
      if constexpr (std::is_same_v<std::decay_t<decltype(*(options.*member))>, std::vector<std::string>>) {
        for (const std::string& stop : *(options.*member))
          rows.push_back({std::string(known.name), "\"" + stop + "\""});
      } else {
        rows.push_back({std::string(known.name), number_text(*(options.*member))});
      }
    };
    std::visit(add, known.member);
  }
  return rows;
}

}  // namespace samovar::app
