#include "catalog/modelfile_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "base/ascii.h"
#include "catalog/metadata_json.h"

namespace samovar::catalog {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

constexpr auto kInstructions =
    std::to_array<std::string_view>({"from", "parameter", "template", "system", "adapter", "license",
                                     "message", "requires", "renderer", "parser"});

constexpr auto kFloatParameters =
    std::to_array<std::string_view>({"temperature", "top_p", "min_p", "typical_p", "repeat_penalty",
                                     "presence_penalty", "frequency_penalty"});
constexpr auto kIntegerParameters =
    std::to_array<std::string_view>({"num_ctx", "num_predict", "num_keep", "seed", "top_k", "repeat_last_n",
                                     "num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict"});
// Of older Ollamas: accepted, without meaning.
constexpr auto kFormerParameters = std::to_array<std::string_view>(
    {"penalize_newline", "numa", "use_mlock", "low_vram", "mirostat", "mirostat_tau", "mirostat_eta", "tfs_z",
     "f16_kv", "logits_all", "vocab_only", "embedding_only"});

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view strip(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Cuts the first word off.
std::string_view take_word(std::string_view& text) {
  text = strip(text);
  const size_t end = text.find_first_of(kBlanks);
  const std::string_view word = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end);
  return word;
}

// What a value means; nothing when it begins with a quote that is not closed yet.
std::optional<std::string> unquote(std::string_view value) {
  for (const std::string_view quote : {std::string_view("\"\"\""), std::string_view("\"")}) {
    if (!value.starts_with(quote)) continue;
    if (value.size() < 2 * quote.size() || !value.ends_with(quote)) return std::nullopt;
    return std::string(value.substr(quote.size(), value.size() - 2 * quote.size()));
  }
  return std::string(value);
}

template <typename T>
std::optional<T> read_all(const std::string& text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class ModelfileReader {
 public:
  explicit ModelfileReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] Result<Modelfile> read();

 private:
  [[nodiscard]] Error at_line(size_t line, const std::string& what) const {
    return {Code::kInvalidArgument, "line " + std::to_string(line) + ": " + what};
  }
  // The next line; false at the end.
  bool next_line(std::string_view& line);
  [[nodiscard]] Result<std::string> read_value(std::string_view first, size_t line);
  [[nodiscard]] Result<void> take(const std::string& instruction, std::string_view arguments);
  [[nodiscard]] Result<void> take_parameter(std::string_view arguments, size_t line);
  [[nodiscard]] Result<void> take_message(std::string_view arguments, size_t line);
  [[nodiscard]] std::string params() const;

  std::string_view rest_;
  size_t line_ = 0;
  Modelfile out_;
  std::map<std::string, std::vector<std::string>> params_;  // values as JSON
  std::string messages_;
};

bool ModelfileReader::next_line(std::string_view& line) {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  ++line_;
  return true;
}

// A value in quotes goes on until a line that ends with the closing quote.
Result<std::string> ModelfileReader::read_value(std::string_view first, size_t line) {
  std::string value(strip(first));
  while (true) {
    if (std::optional<std::string> whole = unquote(strip(value))) return *std::move(whole);
    std::string_view more;
    if (!next_line(more)) return at_line(line, "the quote that begins here is not closed");
    value += '\n';
    value += more;
  }
}

Result<void> ModelfileReader::take_parameter(std::string_view arguments, size_t line) {
  const std::string name = to_lower(take_word(arguments));
  if (name.empty()) return at_line(line, "PARAMETER needs a name and a value");
  const Result<std::string> value = read_value(arguments, line);
  if (!value) return value.error();
  const Result<std::string> json = parameter_json(name, *value);
  if (!json) return at_line(line, json.error().message);
  std::vector<std::string>& values = params_[name];
  if (name != "stop") values.clear();  // the last one counts, but every stop does
  values.push_back(*json);
  return {};
}

Result<void> ModelfileReader::take_message(std::string_view arguments, size_t line) {
  const std::string role = to_lower(take_word(arguments));
  if (role != "system" && role != "user" && role != "assistant") {
    return at_line(
        line, "message role must be one of \"system\", \"user\", or \"assistant\", not \"" + role + "\"");
  }
  const Result<std::string> content = read_value(arguments, line);
  if (!content) return content.error();
  messages_ += (messages_.empty() ? "" : ",") + std::string("{\"role\":\"") + role +
               "\",\"content\":" + quote_json(*content) + "}";
  return {};
}

Result<void> ModelfileReader::take(const std::string& instruction, std::string_view arguments) {
  const size_t line = line_;
  if (instruction == "parameter") return take_parameter(arguments, line);
  if (instruction == "message") return take_message(arguments, line);
  const Result<std::string> value = read_value(arguments, line);
  if (!value) return value.error();
  if (instruction == "from") {
    if (value->empty()) return at_line(line, "FROM needs a model or a file");
    if (!out_.from.empty()) return at_line(line, "a second FROM: a model is made from one model or file");
    out_.from = *value;
  }
  if (instruction == "template") out_.template_text = *value;
  if (instruction == "system") out_.system = *value;
  if (instruction == "license") out_.licenses.push_back(*value);
  if (instruction == "adapter") out_.adapters.push_back(*value);
  return {};
}

std::string ModelfileReader::params() const {
  std::string json;
  for (const auto& [name, values] : params_) {
    json += (json.empty() ? "{" : ",") + quote_json(name) + ":";
    if (name != "stop") {
      json += values.front();
      continue;
    }
    for (size_t i = 0; i < values.size(); ++i) json += (i == 0 ? "[" : ",") + values[i];
    json += "]";
  }
  return json.empty() ? json : json + "}";
}

Result<Modelfile> ModelfileReader::read() {
  std::string_view line;
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  while (next_line(line)) {
    line = strip(line);
    if (line.empty() || line.starts_with('#')) continue;
    const std::string word(take_word(line));
    const std::string instruction = to_lower(word);
    if (!contains(kInstructions, instruction)) {
      return at_line(line_, "unknown instruction \"" + word +
                                "\" (one of FROM, PARAMETER, TEMPLATE, SYSTEM, ADAPTER, LICENSE, MESSAGE)");
    }
    if (Result<void> taken = take(instruction, line); !taken) return taken.error();
  }
  if (out_.from.empty()) return Error{Code::kInvalidArgument, "no FROM line"};
  out_.params_json = params();
  if (!messages_.empty()) out_.messages_json = "[" + messages_ + "]";
  return std::move(out_);
}

}  // namespace

Result<std::string> parameter_json(const std::string& name, const std::string& value) {
  const auto wrong = [&](const char* type) {
    return Error{Code::kInvalidArgument,
                 "parameter \"" + name + "\" must be " + type + ", not \"" + value + "\""};
  };
  if (name == "stop") return quote_json(value);
  if (contains(kFloatParameters, name)) {
    const auto number = read_all<float>(value);
    if (!number || !std::isfinite(*number)) return wrong("a number");
    return format_number(*number);
  }
  if (contains(kIntegerParameters, name)) {
    const auto number = read_all<int64_t>(value);
    return number ? Result<std::string>(std::to_string(*number)) : wrong("a whole number");
  }
  if (name == "use_mmap") {
    const std::string word = to_lower(value);
    return word == "true" || word == "false" ? Result<std::string>(word) : wrong("true or false");
  }
  if (!contains(kFormerParameters, name)) {
    return Error{Code::kInvalidArgument, "unknown parameter \"" + name + "\""};
  }
  const auto number = read_all<double>(value);
  return number && std::isfinite(*number) ? format_number(*number) : quote_json(value);
}

Result<Modelfile> parse_modelfile(std::string_view text) { return ModelfileReader(text).read(); }

}  // namespace samovar::catalog
