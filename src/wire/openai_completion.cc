#include "wire/openai_completion.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/utf8.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/openai_options.h"

namespace samovar::wire {
namespace {

constexpr size_t kMaxAnswers = 64;  // of one request
constexpr std::string_view kObject = "text_completion";
constexpr std::string_view kSystemFingerprint = "fp_ollama";

class CompletionReader {
 public:
  Result<CompletionRequest> run(const Json& json) {
    decoder_.read_root(json, [this](const Json& member) { read_member(member); });
    if (!decoder_.ok()) return decoder_.error();
    if (out_.prompts.empty()) out_.prompts.emplace_back();
    const size_t n_answers = out_.prompts.size() * static_cast<size_t>(out_.n);
    if (n_answers > kMaxAnswers) {
      return Error{Code::kInvalidArgument, "prompt: " + std::to_string(n_answers) +
                                               " answers were asked for, at most " +
                                               std::to_string(kMaxAnswers) + " are possible"};
    }
    const bool has_tokens = std::any_of(out_.prompts.begin(), out_.prompts.end(),
                                        [](const auto& prompt) { return !prompt.tokens.empty(); });
    if (out_.echo && (has_tokens || out_.logprobs)) {
      return Error{Code::kInvalidArgument, std::string("echo together with ") +
                                               (has_tokens ? "token ids" : "logprobs") + " is not supported"};
    }
    if (!out_.options.temperature) out_.options.temperature = 1.0F;
    if (!out_.options.top_p) out_.options.top_p = 1.0F;
    return std::move(out_);
  }

 private:
  void read_member(const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder_.read(member, "model", out_.model);
    if (same_name(key, "prompt")) read_prompt(member);
    if (same_name(key, "suffix")) decoder_.read(member, "suffix", out_.suffix);
    if (same_name(key, "stream")) decoder_.read(member, "stream", out_.stream);
    if (same_name(key, "logprobs")) decoder_.read(member, "logprobs", out_.logprobs);
    if (same_name(key, "echo")) decoder_.read(member, "echo", out_.echo);
    if (same_name(key, "n")) read_choice_count(decoder_, member, out_.n);
    if (same_name(key, "logit_bias")) read_logit_bias(decoder_, member, out_.options.logit_bias);
    if (same_name(key, "seed")) decoder_.read(member, "seed", out_.options.seed);
    if (same_name(key, "stop")) read_stop(member);
    if (same_name(key, "temperature")) read_float(member, out_.options.temperature);
    if (same_name(key, "top_p")) read_float(member, out_.options.top_p);
    if (same_name(key, "frequency_penalty")) read_float(member, out_.options.frequency_penalty);
    if (same_name(key, "presence_penalty")) read_float(member, out_.options.presence_penalty);
    if (same_name(key, "max_tokens")) read_limit(member);
    if (same_name(key, "grammar")) decoder_.read(member, "grammar", out_.options.grammar);
    if (same_name(key, "regex")) decoder_.read(member, "regex", out_.options.regex);
    if (same_name(key, "stream_options")) {
      decoder_.read_object(member, "stream_options", "openai.StreamOptions", [this](const Json& option) {
        if (same_name(option.key, "include_usage")) {
          decoder_.read(option, "stream_options.include_usage", out_.include_usage);
        }
      });
    }
  }

  void read_prompt(const Json& member) {
    out_.prompts.clear();
    if (member.kind != Json::Kind::kArray) {
      decoder_.read(member, "prompt", out_.prompts.emplace_back().text);
      return;
    }
    if (!member.items.empty() && member.items.front().kind == Json::Kind::kNumber) {
      return read_tokens(member, "prompt");
    }
    for (const Json& item : member.items) {
      const std::string name = "prompt[" + std::to_string(out_.prompts.size()) + "]";
      if (item.kind == Json::Kind::kArray) {
        read_tokens(item, name);
      } else if (item.kind == Json::Kind::kString) {
        out_.prompts.push_back({item.text, {}});
      } else {
        return decoder_.fail(name + " is of type " + std::string(kind_name(item.kind)) +
                             "; expected a text or an array of token ids");
      }
    }
  }

  void read_tokens(const Json& array, const std::string& name) {
    CompletionPrompt prompt;
    for (const Json& item : array.items) {
      int32_t token = -1;
      const char* last = item.raw.data() + item.raw.size();
      const auto [end, error] = std::from_chars(item.raw.data(), last, token);
      if (item.kind != Json::Kind::kNumber || error != std::errc() || end != last || token < 0) {
        return decoder_.fail(name + "[" + std::to_string(prompt.tokens.size()) +
                             "]: " + std::string(item.raw.substr(0, 40)) + " is no token id");
      }
      prompt.tokens.push_back(token);
    }
    if (prompt.tokens.empty()) return decoder_.fail(name + " holds no token ids");
    out_.prompts.push_back(std::move(prompt));
  }

  void read_float(const Json& member, std::optional<float>& out) {
    std::optional<double> value;
    decoder_.read(member, member.key, value);
    out.reset();
    if (value) out = static_cast<float>(std::clamp(*value, -3.0e38, 3.0e38));
  }

  void read_limit(const Json& member) {
    std::optional<int64_t> limit;
    read_token_limit(decoder_, member, limit);
    if (!limit) return;
    constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
    out_.options.num_predict = static_cast<int32_t>(std::clamp<int64_t>(*limit, -1, kMost));
  }

  void read_stop(const Json& member) {
    std::vector<std::string> stop;
    if (member.kind == Json::Kind::kString) stop.push_back(member.text);
    for (const Json& item : member.kind == Json::Kind::kArray ? member.items : std::vector<Json>{}) {
      if (item.kind != Json::Kind::kString) {
        const char* type = item.kind == Json::Kind::kNumber  ? "float64"
                           : item.kind == Json::Kind::kBool  ? "bool"
                           : item.kind == Json::Kind::kArray ? "[]interface {}"
                                                             : "map[string]interface {}";
        return decoder_.fail(std::string("invalid type for 'stop' field: ") + type);
      }
      stop.push_back(item.text);
    }
    if (!stop.empty()) out_.options.stop = std::move(stop);
  }

  Decoder decoder_{"CompletionRequest", "openai"};
  CompletionRequest out_;
};

// "logprobs" as text completions have it: one array for each fact.
void append_token_logprobs(std::string& out, ObjectWriter& object, const CompletionChoice& choice) {
  if (choice.logprobs.empty()) return;
  object.key("logprobs");
  ObjectWriter inner(out);
  const auto add = [&](std::string_view name, const auto& write_one) {
    inner.key(name);
    for (const Logprob& logprob : choice.logprobs) {
      out += &logprob == choice.logprobs.data() ? '[' : ',';
      write_one(logprob);
    }
    out += ']';
  };
  add("tokens", [&](const Logprob& logprob) { append_json_string(out, logprob.token); });
  add("token_logprobs", [&](const Logprob& logprob) { append_json_number(out, logprob.logprob); });
  add("top_logprobs", [&](const Logprob& logprob) {
    ObjectWriter top(out);
    for (const Logprob& likely : logprob.top) top.add(likely.token, likely.logprob);
    top.close();
  });
  int64_t offset = choice.text_offset;
  add("text_offset", [&](const Logprob& logprob) {
    out += std::to_string(offset);
    offset += static_cast<int64_t>(count_characters(logprob.token));
  });
  inner.close();
}

void append_choices(std::string& out, std::span<const CompletionChoice> choices) {
  out += '[';
  for (const CompletionChoice& choice : choices) {
    if (&choice != choices.data()) out += ',';
    ObjectWriter object(out);
    object.add("text", std::string_view(choice.text)).add("index", choice.index);
    append_token_logprobs(out, object, choice);
    if (choice.finish_reason.empty()) {
      object.add_null("finish_reason");
    } else {
      object.add("finish_reason", std::string_view(choice.finish_reason));
    }
    object.close();
  }
  out += ']';
}

}  // namespace

Result<CompletionRequest> parse_completion_request(std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  return CompletionReader().run(*json);
}

std::string encode_completion_delta(const CompletionHead& head, const CompletionChoice& choice,
                                    const Usage* usage) {
  std::string out;
  ObjectWriter object(out);
  object.add("id", head.id).add("object", kObject).add("created", head.created).key("choices");
  append_choices(out, {&choice, 1});
  object.add("model", head.model).add("system_fingerprint", kSystemFingerprint);
  if (usage != nullptr) {
    object.key("usage");
    append_usage(out, *usage);
  }
  object.close();
  return out;
}

std::string encode_completion_usage(const CompletionHead& head, const Usage& usage) {
  std::string out;
  ObjectWriter object(out);
  object.add("id", head.id).add("object", kObject).add("created", head.created).add_raw("choices", "[]");
  object.add("model", head.model).add("system_fingerprint", kSystemFingerprint);
  object.key("usage");
  append_usage(out, usage);
  object.close();
  return out;
}

std::string encode_completion(const CompletionHead& head, std::span<const CompletionChoice> choices,
                              const Usage& usage) {
  std::string out;
  ObjectWriter object(out);
  object.add("id", head.id).add("object", kObject).add("created", head.created).add("model", head.model);
  object.add("system_fingerprint", kSystemFingerprint).key("choices");
  append_choices(out, choices);
  object.key("usage");
  append_usage(out, usage);
  object.close();
  return out;
}

}  // namespace samovar::wire
