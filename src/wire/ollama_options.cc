#include "wire/ollama_options.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "wire/decoder.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

struct FloatOption {
  std::string_view name;
  std::optional<float> Options::*field;
};
constexpr std::array<FloatOption, 7> kFloats = {{{"temperature", &Options::temperature},
                                                 {"top_p", &Options::top_p},
                                                 {"min_p", &Options::min_p},
                                                 {"typical_p", &Options::typical_p},
                                                 {"repeat_penalty", &Options::repeat_penalty},
                                                 {"presence_penalty", &Options::presence_penalty},
                                                 {"frequency_penalty", &Options::frequency_penalty}}};

struct IntOption {
  std::string_view name;
  std::optional<int32_t> Options::*field;
  int32_t least;  // negative: what -1 (none, all, as much as there is) and -2 (as the context holds) mean
};
constexpr std::array<IntOption, 5> kInts = {{{"top_k", &Options::top_k, -1},
                                             {"repeat_last_n", &Options::repeat_last_n, -1},
                                             {"num_predict", &Options::num_predict, -2},
                                             {"num_ctx", &Options::num_ctx, 0},
                                             {"num_keep", &Options::num_keep, -1}}};

// Known to Ollama and checked like the others, but without meaning here: the engine decides for itself.
constexpr std::array<std::string_view, 5> kUnusedInts = {"num_batch", "num_gpu", "main_gpu", "num_thread",
                                                         "draft_num_predict"};

template <typename T>
T clamp_to(double value) {
  constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
  constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
  if (value <= kLow) return std::numeric_limits<T>::min();
  if (value >= kHigh) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

class OptionsReader {
 public:
  explicit OptionsReader(ReadOptions& out) : out_(out) {}

  void read(const Json& option) {
    if (option.kind == Json::Kind::kNull || !out_.error.empty()) return;
    const std::string_view name = option.key;
    if (name == "stop") return read_stop(option);
    if (name == "grammar") return read_text(option, out_.options.grammar);
    if (name == "regex") return read_text(option, out_.options.regex);
    if (name == "use_mmap") return require(option, Json::Kind::kBool, "boolean");
    if (name == "seed") {
      if (const auto number = read_number(option, "integer")) out_.options.seed = clamp_to<int64_t>(*number);
      return;
    }
    for (const FloatOption& known : kFloats) {
      if (known.name != name) continue;
      if (const auto number = read_number(option, "float32")) {
        out_.options.*known.field = static_cast<float>(std::clamp(*number, -3.0e38, 3.0e38));
      }
    }
    for (const IntOption& known : kInts) {
      if (known.name != name) continue;
      if (const auto number = read_number(option, "integer")) {
        if (*number < known.least) return refuse(option, known.least);
        out_.options.*known.field = clamp_to<int32_t>(*number);
      }
    }
    if (std::find(kUnusedInts.begin(), kUnusedInts.end(), name) != kUnusedInts.end()) {
      require(option, Json::Kind::kNumber, "integer");
    }
  }

 private:
  void fail(std::string_view name, std::string_view type) {
    out_.error = "option " + quote_go(name) + " must be of " + std::string(type);
  }

  void refuse(const Json& option, int32_t least) {
    out_.error = "option " + quote_go(option.key) + " must be at least " + std::to_string(least) + ", got " +
                 std::string(option.raw.substr(0, 32));
  }

  void require(const Json& option, Json::Kind kind, std::string_view type) {
    if (option.kind != kind) fail(option.key, "type " + std::string(type));
  }

  std::optional<double> read_number(const Json& option, std::string_view type) {
    require(option, Json::Kind::kNumber, type);
    if (!out_.error.empty()) return std::nullopt;
    const std::optional<double> number = parse_number(option.raw);
    if (!number) fail(option.key, "type " + std::string(type));
    return number;
  }

  void read_text(const Json& option, std::string& out) {
    require(option, Json::Kind::kString, "string");
    if (out_.error.empty()) out = option.text;
  }

  void read_stop(const Json& option) {
    require(option, Json::Kind::kArray, "array");
    if (!out_.error.empty()) return;
    std::vector<std::string> stop;
    for (const Json& item : option.items) {
      if (item.kind != Json::Kind::kString) return fail("stop", "an array of strings");
      stop.push_back(item.text);
    }
    out_.options.stop = std::move(stop);
  }

  ReadOptions& out_;
};

}  // namespace

ReadOptions read_options(const Json& object) {
  ReadOptions out;
  OptionsReader reader(out);
  for (const Json& option : object.items) reader.read(option);
  return out;
}

}  // namespace samovar::wire
