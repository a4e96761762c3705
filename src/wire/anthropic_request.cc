#include "wire/anthropic_request.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "wire/base64.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

const Json* text_member(const Json& value, std::string_view name) {
  const Json* found = value.kind == Json::Kind::kObject ? value.member(name) : nullptr;
  return found != nullptr && found->kind == Json::Kind::kString ? found : nullptr;
}

std::string text_of(const Json& value, std::string_view name) {
  const Json* found = text_member(value, name);
  return found == nullptr ? std::string() : found->text;
}

// A text, or the text blocks of a list, a line break apart.
std::string read_texts(const Json& value) {
  if (value.kind == Json::Kind::kString) return value.text;
  std::string out;
  for (const Json& block : value.kind == Json::Kind::kArray ? value.items : std::vector<Json>{}) {
    if (text_of(block, "type") != "text") continue;
    if (!out.empty()) out += '\n';
    out += text_of(block, "text");
  }
  return out;
}

class AnthropicReader {
 public:
  Result<AnthropicRequest> run(const Json& json, AnthropicUse use) {
    decoder_.read_root(json, [this](const Json& member) { read_member(member); });
    if (!decoder_.ok()) return decoder_.error();
    if (out_.model.empty()) return Error{Code::kInvalidArgument, "model is required"};
    if (use == AnthropicUse::kAnswer && max_tokens_ <= 0) {
      return Error{Code::kInvalidArgument, "max_tokens is required and must be positive"};
    }
    if (messages_ == nullptr || messages_->items.empty()) {
      return Error{Code::kInvalidArgument, "messages is required"};
    }
    if (!system_.empty()) out_.messages.push_back({.role = "system", .content = system_});
    for (const Json& message : messages_->items) read_message(message);
    if (!decoder_.ok()) return decoder_.error();
    out_.options.num_predict =
        static_cast<int32_t>(std::clamp<int64_t>(max_tokens_, 1, std::numeric_limits<int32_t>::max()));
    if (no_tools_) out_.tools_json.clear();
    return std::move(out_);
  }

 private:
  void read_member(const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder_.read(member, "model", out_.model);
    if (same_name(key, "max_tokens")) decoder_.read(member, "max_tokens", max_tokens_);
    if (same_name(key, "stream")) decoder_.read(member, "stream", out_.stream);
    if (same_name(key, "system")) system_ = read_texts(member);
    if (same_name(key, "temperature")) read_float(member, out_.options.temperature);
    if (same_name(key, "top_p")) read_float(member, out_.options.top_p);
    if (same_name(key, "top_k")) read_top_k(member);
    if (same_name(key, "stop_sequences")) read_stops(member);
    if (same_name(key, "tools")) read_tools(member);
    if (same_name(key, "tool_choice")) read_choice(member);
    if (same_name(key, "thinking")) read_thinking(member);
    if (same_name(key, "output_config")) read_effort(member);
    if (same_name(key, "messages")) {
      decoder_.read_array(member, "messages", "[]anthropic.MessageParam", [this](const Json& item) {
        if (item.kind != Json::Kind::kObject) decoder_.mismatch(item, "messages", "anthropic.MessageParam");
      });
      if (member.kind == Json::Kind::kArray) messages_ = &member;
    }
  }

  void read_float(const Json& member, std::optional<float>& out) {
    std::optional<double> value;
    decoder_.read(member, member.key, value);
    if (value) out = static_cast<float>(std::clamp(*value, -3.0e38, 3.0e38));
  }

  void read_top_k(const Json& member) {
    std::optional<int64_t> value;
    decoder_.read(member, "top_k", value);
    if (value) out_.options.top_k = static_cast<int32_t>(std::clamp<int64_t>(*value, 0, 1'000'000));
  }

  void read_stops(const Json& member) {
    std::vector<std::string> stops;
    decoder_.read_array(member, "stop_sequences", "[]string", [&](const Json& item) {
      std::string stop;
      decoder_.read(item, "stop_sequences", stop);
      stops.push_back(std::move(stop));
    });
    if (!stops.empty()) out_.options.stop = std::move(stops);
  }

  // Tools of Anthropic's own servers (web search) have no schema: nothing here could run them.
  void read_tools(const Json& member) {
    std::string tools;
    decoder_.read_array(member, "tools", "[]anthropic.Tool", [&](const Json& tool) {
      if (tool.kind != Json::Kind::kObject) return decoder_.mismatch(tool, "tools", "anthropic.Tool");
      const Json* schema = tool.member("input_schema");
      if (schema == nullptr) return;
      tools += tools.empty() ? '[' : ',';
      ObjectWriter object(tools);
      object.add("type", "function").key("function");
      ObjectWriter(tools)
          .add("name", text_of(tool, "name"))
          .add("description", text_of(tool, "description"))
          .add_raw("parameters", schema->raw)
          .close();
      object.close();
    });
    out_.tools_json = tools.empty() ? tools : tools + "]";
  }

  void read_choice(const Json& member) {
    const std::string type = text_of(member, "type");
    no_tools_ = type == "none";
    out_.tool_choice = type == "any" ? "required" : type == "tool" ? text_of(member, "name") : std::string();
  }

  void read_thinking(const Json& member) {
    const std::string type = text_of(member, "type");
    if (type == "enabled" || type == "adaptive") out_.think.on = true;
    if (type == "disabled") out_.think.on = false;
  }

  void read_effort(const Json& member) {
    constexpr std::array<std::string_view, 4> kLevels = {"low", "medium", "high", "max"};
    const std::string effort = text_of(member, "effort");
    if (std::find(kLevels.begin(), kLevels.end(), effort) != kLevels.end()) out_.think.level = effort;
  }

  void read_message(const Json& value) {
    Message message;
    message.role = text_of(value, "role");
    const Json* content = value.member("content");
    if (message.role != "user" && message.role != "assistant" && message.role != "system") {
      return decoder_.fail("messages: unknown role " + quote_go(message.role));
    }
    if (content == nullptr || (content->kind != Json::Kind::kString && content->kind != Json::Kind::kArray)) {
      return decoder_.fail("messages: content must be a string or an array of content blocks");
    }
    if (content->kind == Json::Kind::kString) {
      message.content = content->text;
    } else {
      for (const Json& block : content->items) read_block(block, message);
    }
    const bool empty = message.content.empty() && message.thinking.empty() && message.tool_calls.empty();
    if (!empty || message.has_images || content->kind == Json::Kind::kString || content->items.empty()) {
      out_.messages.push_back(std::move(message));
    }
  }

  void read_block(const Json& block, Message& message) {
    const std::string type = text_of(block, "type");
    if (type == "text") {
      if (!message.content.empty()) message.content += '\n';
      message.content += text_of(block, "text");
    } else if (type == "thinking") {
      message.thinking += text_of(block, "thinking");
    } else if (type == "image") {
      read_image(block, message);
    } else if (type == "tool_use") {
      const Json* input = block.member("input");
      const bool is_object = input != nullptr && input->kind == Json::Kind::kObject;
      message.tool_calls.push_back(
          {text_of(block, "id"), text_of(block, "name"), is_object ? std::string(input->raw) : "{}"});
    } else if (type == "tool_result") {
      add_tool_result(block);
    } else if (type != "redacted_thinking") {
      decoder_.fail("messages: unknown content block type " + quote_go(type));
    }
  }

  void read_image(const Json& block, Message& message) {
    const Json* source = block.member("source");
    if (source == nullptr || text_of(*source, "type") != "base64") {
      return decoder_.fail("images must be given as base64 data");
    }
    if (find_base64_error(text_of(*source, "data"))) return decoder_.fail("invalid image input");
    message.has_images = true;
  }

  // Results stand in a user's message here; templates know them as messages of their own.
  void add_tool_result(const Json& block) {
    Message result;
    result.role = "tool";
    result.tool_call_id = text_of(block, "tool_use_id");
    if (const Json* content = block.member("content")) result.content = read_texts(*content);
    for (const Message& message : out_.messages) {
      for (const ToolCall& call : message.tool_calls) {
        if (call.id == result.tool_call_id) result.tool_name = call.name;
      }
    }
    out_.messages.push_back(std::move(result));
  }

  Decoder decoder_{"MessagesRequest", "anthropic"};
  AnthropicRequest out_;
  const Json* messages_ = nullptr;
  std::string system_;
  int64_t max_tokens_ = 0;
  bool no_tools_ = false;
};

}  // namespace

Result<AnthropicRequest> parse_anthropic_request(std::string_view body, AnthropicUse use) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  return AnthropicReader().run(*json, use);
}

}  // namespace samovar::wire
