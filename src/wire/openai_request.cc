#include "wire/openai_request.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "wire/base64.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/openai_options.h"

namespace samovar::wire {
namespace {

constexpr float kDefaultTemperature = 1.0F;
constexpr float kDefaultTopP = 1.0F;

std::string_view go_content_type(const Json& content) {
  switch (content.kind) {
    case Json::Kind::kNumber:
      return "float64";
    case Json::Kind::kBool:
      return "bool";
    case Json::Kind::kObject:
      return "map[string]interface {}";
    default:
      return "<nil>";
  }
}

class RequestReader {
 public:
  Result<OpenAiChatRequest> run(const Json& json) {
    decoder_.read_root(json, [this](const Json& member) { read_member(member); });
    if (!decoder_.ok()) return decoder_.error();
    if (messages_ == nullptr || messages_->items.empty()) {
      return Error{Code::kInvalidArgument, "[] is too short - 'messages'"};
    }
    for (const Json& message : messages_->items) read_message(message);
    read_think();
    if (!decoder_.ok()) return decoder_.error();
    finish();
    return std::move(out_);
  }

 private:
  void read_member(const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder_.read(member, "model", out_.model);
    if (same_name(key, "messages")) keep_messages(member);
    if (same_name(key, "stream")) decoder_.read(member, "stream", out_.stream);
    if (same_name(key, "stream_options")) read_stream_options(member);
    if (same_name(key, "max_tokens")) read_token_limit(decoder_, member, max_tokens_);
    if (same_name(key, "max_completion_tokens")) read_token_limit(decoder_, member, max_completion_tokens_);
    if (same_name(key, "seed")) decoder_.read(member, "seed", out_.options.seed);
    if (same_name(key, "stop")) read_stop(member);
    if (same_name(key, "temperature")) read_float(member, "temperature", out_.options.temperature);
    if (same_name(key, "top_p")) read_float(member, "top_p", out_.options.top_p);
    if (same_name(key, "frequency_penalty")) read_float(member, key, out_.options.frequency_penalty);
    if (same_name(key, "presence_penalty")) read_float(member, key, out_.options.presence_penalty);
    if (same_name(key, "response_format")) read_response_format(member);
    if (same_name(key, "grammar")) decoder_.read(member, "grammar", out_.options.grammar);
    if (same_name(key, "regex")) decoder_.read(member, "regex", out_.options.regex);
    if (same_name(key, "tools")) read_tools(member);
    if (same_name(key, "tool_choice")) read_tool_choice(member);
    if (same_name(key, "logit_bias")) read_logit_bias(decoder_, member, out_.options.logit_bias);
    if (same_name(key, "n")) read_choice_count(decoder_, member, out_.n);
    if (same_name(key, "reasoning")) read_reasoning(member);
    if (same_name(key, "reasoning_effort")) decoder_.read(member, "reasoning_effort", effort_);
    if (same_name(key, "logprobs")) decoder_.read(member, "logprobs", logprobs_);
    if (same_name(key, "top_logprobs")) decoder_.read(member, "top_logprobs", out_.top_logprobs);
  }

  // Messages are read last: the names of tool results come from earlier calls, and type errors of other
  // members are reported before anything about content, as Ollama does.
  void keep_messages(const Json& member) {
    messages_ = nullptr;
    decoder_.read_array(member, "messages", "[]openai.Message", [this](const Json& item) {
      if (item.kind != Json::Kind::kObject) decoder_.mismatch(item, "messages", "openai.Message");
    });
    if (member.kind == Json::Kind::kArray) messages_ = &member;
  }

  void read_float(const Json& member, std::string_view path, std::optional<float>& out) {
    std::optional<double> value;
    decoder_.read(member, path, value);
    out.reset();
    if (value) out = static_cast<float>(std::clamp(*value, -3.0e38, 3.0e38));
  }

  void read_stream_options(const Json& member) {
    decoder_.read_object(member, "stream_options", "openai.StreamOptions", [this](const Json& option) {
      if (same_name(option.key, "include_usage")) {
        decoder_.read(option, "stream_options.include_usage", out_.include_usage);
      }
    });
  }

  void read_stop(const Json& member) {
    std::vector<std::string> stop;
    if (member.kind == Json::Kind::kString) stop.push_back(member.text);
    if (member.kind == Json::Kind::kArray) {
      for (const Json& item : member.items) {
        if (item.kind == Json::Kind::kString) stop.push_back(item.text);
      }
    }
    if (!stop.empty()) out_.options.stop = std::move(stop);
  }

  void read_response_format(const Json& member) {
    decoder_.read_object(member, "response_format", "openai.ResponseFormat", [&](const Json&) {});
    if (member.kind != Json::Kind::kObject) return;
    const Json* type = member.member("type");
    if (type == nullptr) return;
    if (type->text == "json_object") out_.format = "json";
    if (type->text != "json_schema") return;
    const Json* wrapper = member.member("json_schema");
    const Json* schema = wrapper == nullptr ? nullptr : wrapper->member("schema");
    if (schema != nullptr && schema->kind == Json::Kind::kObject) out_.format = schema->raw;
  }

  void read_tools(const Json& member) {
    out_.tools_json.clear();
    decoder_.read_array(member, "tools", "[]api.Tool", [this](const Json& tool) {
      if (tool.kind != Json::Kind::kObject) decoder_.mismatch(tool, "tools", "api.Tool");
    });
    if (!member.items.empty()) out_.tools_json = member.raw;
  }

  void read_tool_choice(const Json& member) {
    no_tools_ = member.kind == Json::Kind::kString && member.text == "none";
    out_.tool_choice.clear();
    if (member.kind == Json::Kind::kString && member.text == "required") out_.tool_choice = "required";
    if (member.kind != Json::Kind::kObject) return;
    const Json* function = member.member("function");
    const Json* name = function == nullptr ? nullptr : function->member("name");
    if (name != nullptr) out_.tool_choice = name->text;
  }

  void read_reasoning(const Json& member) {
    decoder_.read_object(member, "reasoning", "openai.Reasoning", [this](const Json& part) {
      if (same_name(part.key, "effort")) decoder_.read(part, "reasoning.effort", effort_);
    });
  }

  void read_message(const Json& value) {
    Message& out = out_.messages.emplace_back();
    const Json* content = nullptr;
    std::string name;
    const Json* calls = nullptr;
    for (const Json& member : value.items) {
      const std::string_view key = member.key;
      if (same_name(key, "role")) decoder_.read(member, "messages.role", out.role);
      if (same_name(key, "content")) content = &member;
      if (same_name(key, "reasoning")) decoder_.read(member, "messages.reasoning", out.thinking);
      if (same_name(key, "name")) decoder_.read(member, "messages.name", name);
      if (same_name(key, "tool_call_id")) decoder_.read(member, "messages.tool_call_id", out.tool_call_id);
      if (same_name(key, "tool_calls")) calls = &member;
    }
    if (calls != nullptr) read_tool_calls(*calls, out);
    if (out.role == "tool") out.tool_name = name.empty() ? find_tool_name(out.tool_call_id) : name;
    read_content(content, out);
  }

  [[nodiscard]] std::string find_tool_name(std::string_view id) const {
    for (const Message& message : out_.messages) {
      for (const ToolCall& call : message.tool_calls) {
        if (call.id == id) return call.name;
      }
    }
    return {};
  }

  void read_content(const Json* content, Message& out) {
    const bool absent = content == nullptr || content->kind == Json::Kind::kNull;
    if (absent && !out.tool_calls.empty()) return;
    if (!absent && content->kind == Json::Kind::kString) {
      out.content = content->text;
    } else if (!absent && content->kind == Json::Kind::kArray) {
      for (const Json& part : content->items) read_part(part, out);
    } else {
      decoder_.fail("invalid message content type: " +
                    std::string(absent ? "<nil>" : go_content_type(*content)));
    }
  }

  void read_part(const Json& part, Message& out) {
    const Json* type = part.kind == Json::Kind::kObject ? part.member("type") : nullptr;
    const Json* text = type == nullptr ? nullptr : part.member("text");
    if (type != nullptr && type->text == "text" && text != nullptr && text->kind == Json::Kind::kString) {
      if (!out.content.empty()) out.content += '\n';
      out.content += text->text;
    } else if (type != nullptr && type->text == "image_url") {
      read_image(part.member("image_url"), out);
    } else {
      decoder_.fail("invalid message format");
    }
  }

  void read_image(const Json* image, Message& out) {
    const Json* url = image != nullptr && image->kind == Json::Kind::kObject ? image->member("url") : image;
    if (url == nullptr || url->kind != Json::Kind::kString) return decoder_.fail("invalid message format");
    const std::string& text = url->text;
    if (text.starts_with("http://") || text.starts_with("https://")) {
      return decoder_.fail("image URLs are not currently supported, please use base64 encoded data instead");
    }
    const size_t comma = text.find(";base64,");
    if (!text.starts_with("data:image/") || comma == std::string::npos ||
        find_base64_error(text.substr(comma + 8))) {
      return decoder_.fail("invalid image input");
    }
    out.has_images = true;
  }

  void read_tool_calls(const Json& calls, Message& out) {
    const std::string path = "messages.tool_calls";
    decoder_.read_array(calls, path, "[]openai.ToolCall", [&](const Json& item) {
      ToolCall& call = out.tool_calls.emplace_back();
      std::string arguments;
      decoder_.read_object(item, path, "openai.ToolCall", [&](const Json& member) {
        if (same_name(member.key, "id")) decoder_.read(member, path + ".id", call.id);
        if (!same_name(member.key, "function")) return;
        decoder_.read_object(member, path + ".function", "struct", [&](const Json& part) {
          if (same_name(part.key, "name")) decoder_.read(part, path + ".function.name", call.name);
          if (same_name(part.key, "arguments")) decoder_.read(part, path + ".function.arguments", arguments);
        });
      });
      const auto parsed = parse_json(arguments);
      if (!parsed || parsed->kind != Json::Kind::kObject) return decoder_.fail("invalid tool call arguments");
      call.arguments_json = parsed->raw;
    });
  }

  void read_think() {
    if (effort_.empty()) return;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kLevels = {{{"minimal", "low"},
                                                                                       {"low", "low"},
                                                                                       {"medium", "medium"},
                                                                                       {"high", "high"},
                                                                                       {"xhigh", "max"},
                                                                                       {"ultra", "max"},
                                                                                       {"max", "max"}}};
    if (effort_ == "none") {
      out_.think.on = false;
      return;
    }
    for (const auto& [effort, level] : kLevels) {
      if (effort == effort_) out_.think = {.on = true, .level = std::string(level)};
    }
    if (out_.think.on) return;
    decoder_.fail("invalid reasoning value: " + quote_go(effort_) +
                  R"( (must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none"))");
  }

  void finish() {
    if (!out_.options.temperature) out_.options.temperature = kDefaultTemperature;
    if (!out_.options.top_p) out_.options.top_p = kDefaultTopP;
    const std::optional<int64_t> limit = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
    if (limit) {
      out_.options.num_predict =
          static_cast<int32_t>(std::clamp<int64_t>(*limit, -1, std::numeric_limits<int32_t>::max()));
    }
    out_.logprobs = logprobs_.value_or(false);
    if (no_tools_) out_.tools_json.clear();
  }

  Decoder decoder_{"ChatCompletionRequest", "openai"};
  OpenAiChatRequest out_;
  const Json* messages_ = nullptr;
  std::optional<int64_t> max_tokens_;
  std::optional<int64_t> max_completion_tokens_;
  std::optional<bool> logprobs_;
  std::string effort_;
  bool no_tools_ = false;
};

}  // namespace

Result<OpenAiChatRequest> parse_openai_chat_request(std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  return RequestReader().run(*json);
}

}  // namespace samovar::wire
