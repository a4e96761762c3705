#include "wire/responses_request.h"

#include <algorithm>
#include <array>
#include <limits>

#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/openai_options.h"

namespace samovar::wire {
namespace {

std::string member_text(const Json& value, std::string_view name) {
  const Json* found = value.kind == Json::Kind::kObject ? value.member(name) : nullptr;
  return found != nullptr && found->kind == Json::Kind::kString ? found->text : std::string();
}

// Members in the order of their names, as Go writes a map.
std::string sorted_json(const Json& value) {
  if (value.kind != Json::Kind::kObject && value.kind != Json::Kind::kArray) return std::string(value.raw);
  const bool is_object = value.kind == Json::Kind::kObject;
  std::vector<const Json*> items;
  for (const Json& item : value.items) items.push_back(&item);
  if (is_object) {
    std::stable_sort(items.begin(), items.end(),
                     [](const Json* a, const Json* b) { return a->key < b->key; });
  }
  std::string out;
  out += is_object ? '{' : '[';
  for (const Json* item : items) {
    if (item != items.front()) out += ',';
    if (is_object) out += to_json_string(item->key) + ":";
    out += sorted_json(*item);
  }
  return out += is_object ? '}' : ']';
}

class ResponsesReader {
 public:
  Result<ResponsesRequest> run(const Json& json) {
    decoder_.read_root(json, [this](const Json& member) { read_member(member); });
    if (!decoder_.ok()) return decoder_.error();
    if (!instructions_.empty()) out_.messages.push_back({.role = "system", .content = instructions_});
    if (input_ != nullptr) read_input(*input_);
    read_effort();
    if (!decoder_.ok()) return decoder_.error();
    if (!out_.options.temperature) out_.options.temperature = 1.0F;
    if (!out_.options.top_p) out_.options.top_p = 1.0F;
    if (out_.max_output_tokens) {
      out_.options.num_predict = static_cast<int32_t>(
          std::clamp<int64_t>(*out_.max_output_tokens, -1, std::numeric_limits<int32_t>::max()));
    }
    if (no_tools_) out_.tools_json.clear();
    return std::move(out_);
  }

 private:
  void read_member(const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder_.read(member, "model", out_.model);
    if (same_name(key, "input")) input_ = &member;
    if (same_name(key, "stream")) decoder_.read(member, "stream", out_.stream);
    if (same_name(key, "background")) decoder_.read(member, "background", out_.background);
    if (same_name(key, "parallel_tool_calls")) {
      std::optional<bool> parallel;
      decoder_.read(member, "parallel_tool_calls", parallel);
      out_.parallel_tool_calls = parallel.value_or(true);
    }
    if (same_name(key, "max_output_tokens")) read_token_limit(decoder_, member, out_.max_output_tokens);
    if (same_name(key, "temperature")) read_float(member, out_.options.temperature);
    if (same_name(key, "top_p")) read_float(member, out_.options.top_p);
    if (same_name(key, "instructions")) {
      decoder_.read(member, "instructions", instructions_);
      if (!instructions_.empty()) out_.instructions_json = to_json_string(instructions_);
    }
    if (same_name(key, "metadata") && member.kind == Json::Kind::kObject)
      out_.metadata_json = sorted_json(member);
    if (same_name(key, "truncation") && member.kind == Json::Kind::kString) {
      out_.truncation_json = to_json_string(member.text);
    }
    if (same_name(key, "tools")) read_tools(member);
    if (same_name(key, "tool_choice")) read_choice(member);
    if (same_name(key, "text")) read_text_format(member);
    if (same_name(key, "reasoning")) read_reasoning(member);
  }

  void read_float(const Json& member, std::optional<float>& out) {
    std::optional<double> value;
    decoder_.read(member, member.key, value);
    out.reset();
    if (value) out = static_cast<float>(std::clamp(*value, -3.0e38, 3.0e38));
  }

  void read_tools(const Json& member) {
    std::string tools;
    std::string shown;
    decoder_.read_array(member, "tools", "[]openai.ResponsesTool", [&](const Json& tool) {
      if (tool.kind != Json::Kind::kObject) return decoder_.mismatch(tool, "tools", "openai.ResponsesTool");
      // Other kinds are OpenAI's own tools: nothing here could run them.
      if (member_text(tool, "type") != "function") return;
      const Json* parameters = tool.member("parameters");
      const Json* strict = tool.member("strict");
      const std::string schema = parameters == nullptr ? "{}" : std::string(parameters->raw);
      tools += tools.empty() ? '[' : ',';
      ObjectWriter object(tools);
      object.add("type", "function").key("function");
      ObjectWriter(tools)
          .add("name", member_text(tool, "name"))
          .add("description", member_text(tool, "description"))
          .add_raw("parameters", schema)
          .close();
      object.close();
      if (!shown.empty()) shown += ',';
      ObjectWriter(shown)
          .add("type", "function")
          .add("name", member_text(tool, "name"))
          .add("description", member_text(tool, "description"))
          .add("strict", strict != nullptr && strict->boolean)
          .add_raw("parameters", parameters == nullptr ? "{}" : sorted_json(*parameters))
          .close();
    });
    out_.tools_json = tools.empty() ? tools : tools + "]";
    out_.shown_tools_json = "[" + shown + "]";
  }

  void read_choice(const Json& member) {
    if (member.kind == Json::Kind::kString) {
      no_tools_ = member.text == "none";
      if (member.text == "required") out_.tool_choice = member.text;
    } else if (member.kind == Json::Kind::kObject) {
      out_.tool_choice = member_text(member, "name");
    } else {
      return;
    }
    out_.tool_choice_json = member.raw;
  }

  void read_text_format(const Json& member) {
    decoder_.read_object(member, "text", "openai.ResponsesText", [&](const Json&) {});
    if (member.kind != Json::Kind::kObject) return;
    const Json* format = member.member("format");
    if (format == nullptr || format->kind != Json::Kind::kObject) return;
    const std::string type = member_text(*format, "type");
    if (type == "json_object") {
      out_.format = "json";
      out_.text_json = R"({"format":{"type":"json_object"}})";
    }
    const Json* schema = format->member("schema");
    if (type != "json_schema" || schema == nullptr || schema->kind != Json::Kind::kObject) return;
    out_.format = schema->raw;
    const Json* strict = format->member("strict");
    std::string shown;
    ObjectWriter object(shown);
    object.add("type", type).add("name", member_text(*format, "name")).add_raw("schema", schema->raw);
    if (strict != nullptr && strict->kind == Json::Kind::kBool) object.add("strict", strict->boolean);
    object.close();
    out_.text_json = "{\"format\":" + shown + "}";
  }

  void read_reasoning(const Json& member) {
    decoder_.read_object(member, "reasoning", "openai.ResponsesReasoning", [this](const Json& part) {
      if (same_name(part.key, "effort")) decoder_.read(part, "reasoning.effort", effort_);
    });
    if (member.kind != Json::Kind::kObject || member.items.empty()) return;
    std::string shown;
    ObjectWriter object(shown);
    for (const char* name : {"effort", "summary"}) object.add_unless_empty(name, member_text(member, name));
    object.close();
    out_.reasoning_json = shown;
  }

  void read_effort() {
    constexpr auto kEfforts =
        std::to_array<std::pair<std::string_view, std::string_view>>({{"minimal", "low"},
                                                                      {"low", "low"},
                                                                      {"medium", "medium"},
                                                                      {"high", "high"},
                                                                      {"xhigh", "max"},
                                                                      {"max", "max"}});
    if (effort_ == "none") out_.think.on = false;
    for (const auto& [effort, level] : kEfforts) {
      if (effort_ == effort) out_.think = {.on = true, .level = std::string(level)};
    }
  }

  void read_input(const Json& input) {
    if (input.kind == Json::Kind::kNull) return;
    if (input.kind == Json::Kind::kString) {
      if (!input.text.empty()) out_.messages.push_back({.role = "user", .content = input.text});
      return;
    }
    if (input.kind != Json::Kind::kArray) return decoder_.fail("input must be a string or array");
    for (size_t i = 0; i < input.items.size() && decoder_.ok(); ++i) read_item(input.items[i], i);
  }

  void read_item(const Json& item, size_t index) {
    const std::string type = member_text(item, "type");
    if (item.kind == Json::Kind::kObject && (type == "message" || type.empty())) return read_message(item);
    if (type == "function_call") return add_call(item);
    if (type == "function_call_output") return add_output(item);
    if (type == "reasoning") return add_reasoning(item);
    if (type == "web_search_call") return;
    decoder_.fail("input[" + std::to_string(index) + "]: unknown input item type: " + quote_go(type));
  }

  void read_message(const Json& item) {
    Message& message = out_.messages.emplace_back();
    message.role = member_text(item, "role");
    if (message.role == "developer") message.role = "system";
    if (message.role == "assistant") message.thinking = std::exchange(reasoning_, {});
    const Json* content = item.member("content");
    if (content == nullptr) return;
    if (content->kind == Json::Kind::kString) {
      message.content = content->text;
      return;
    }
    for (const Json& part : content->items) read_part(part, message);
  }

  void read_part(const Json& part, Message& message) {
    const std::string type = member_text(part, "type");
    if (type == "input_text" || type == "output_text" || type == "text") {
      if (!message.content.empty()) message.content += '\n';
      message.content += member_text(part, "text");
    } else if (type == "input_image") {
      message.has_images = true;
    } else if (type == "input_file") {
      decoder_.fail("file inputs are not currently supported");
    } else {
      decoder_.fail("unknown content type: " + quote_go(type));
    }
  }

  // Calls that follow one another, or the model's words, are one message.
  void add_call(const Json& item) {
    if (out_.messages.empty() || out_.messages.back().role != "assistant") {
      out_.messages.push_back({.role = "assistant", .thinking = std::exchange(reasoning_, {})});
    }
    const std::string arguments = member_text(item, "arguments");
    const auto parsed = parse_json(arguments);
    if (!parsed || parsed->kind != Json::Kind::kObject) return decoder_.fail("invalid tool call arguments");
    out_.messages.back().tool_calls.push_back(
        {member_text(item, "call_id"), member_text(item, "name"), std::string(parsed->raw)});
  }

  void add_output(const Json& item) {
    Message result;
    result.role = "tool";
    result.tool_call_id = member_text(item, "call_id");
    const Json* output = item.member("output");
    if (output != nullptr && output->kind == Json::Kind::kString) result.content = output->text;
    if (output != nullptr && output->kind == Json::Kind::kArray) {
      for (const Json& part : output->items) read_part(part, result);
    }
    for (const Message& message : out_.messages) {
      for (const ToolCall& call : message.tool_calls) {
        if (call.id == result.tool_call_id) result.tool_name = call.name;
      }
    }
    out_.messages.push_back(std::move(result));
  }

  void add_reasoning(const Json& item) {
    const Json* summary = item.member("summary");
    if (summary == nullptr || summary->kind != Json::Kind::kArray) return;
    for (const Json& part : summary->items) reasoning_ += member_text(part, "text");
  }

  Decoder decoder_{"ResponsesRequest", "openai"};
  ResponsesRequest out_;
  const Json* input_ = nullptr;
  std::string instructions_;
  std::string effort_;
  std::string reasoning_;  // of the assistant's message that follows
  bool no_tools_ = false;
};

}  // namespace

Result<ResponsesRequest> parse_responses_request(std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  return ResponsesReader().run(*json);
}

}  // namespace samovar::wire
