#include "wire/ollama_request.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "wire/base64.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/keep_alive.h"

namespace samovar::wire {
namespace {

void read_think(Decoder& decoder, const Json& value, Think& out) {
  constexpr std::array<std::string_view, 4> kLevels = {"high", "medium", "low", "max"};
  if (value.kind == Json::Kind::kNull) {
    out = {};
  } else if (value.kind == Json::Kind::kBool) {
    out = {.on = value.boolean, .level = {}};
  } else if (value.kind != Json::Kind::kString) {
    decoder.fail(R"(think must be a boolean or string ("high", "medium", "low", "max", true, or false))");
  } else if (std::find(kLevels.begin(), kLevels.end(), value.text) == kLevels.end()) {
    decoder.fail("invalid think value: " + quote_go(value.text) +
                 R"( (must be "high", "medium", "low", "max", true, or false))");
  } else {
    out = {.on = true, .level = value.text};
  }
}

void read_images(Decoder& decoder, const Json& value, const std::string& path, bool& has_images) {
  has_images = false;
  decoder.read_array(value, path, "[]api.ImageData", [&](const Json& image) {
    if (image.kind == Json::Kind::kNull) return;
    if (image.kind != Json::Kind::kString) return decoder.mismatch(image, path, "api.ImageData");
    has_images = true;
    if (const auto bad = find_base64_error(image.text)) {
      decoder.fail("illegal base64 data at input byte " + std::to_string(*bad));
    }
  });
}

void read_tool_function(Decoder& decoder, const Json& value, ToolCall& out) {
  const std::string path = "messages.tool_calls.function";
  decoder.read_object(value, path, "api.ToolCallFunction", [&](const Json& member) {
    if (same_name(member.key, "name")) decoder.read(member, path + ".name", out.name);
    if (!same_name(member.key, "arguments") || member.kind == Json::Kind::kNull) return;
    if (member.kind == Json::Kind::kObject) {
      out.arguments_json = member.raw;
    } else {
      decoder.fail("Value looks like object, but can't find closing '}' symbol");  // Ollama's words for it
    }
  });
}

void read_tool_calls(Decoder& decoder, const Json& value, std::vector<ToolCall>& out) {
  const std::string path = "messages.tool_calls";
  out.clear();
  decoder.read_array(value, path, "[]api.ToolCall", [&](const Json& item) {
    ToolCall& call = out.emplace_back();
    call.arguments_json = "{}";
    decoder.read_object(item, path, "api.ToolCall", [&](const Json& member) {
      if (same_name(member.key, "id")) decoder.read(member, path + ".id", call.id);
      if (same_name(member.key, "function")) read_tool_function(decoder, member, call);
    });
  });
}

void read_message(Decoder& decoder, const Json& value, Message& out) {
  decoder.read_object(value, "messages", "api.Message", [&](const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "role")) decoder.read(member, "messages.role", out.role);
    if (same_name(key, "content")) decoder.read(member, "messages.content", out.content);
    if (same_name(key, "thinking")) decoder.read(member, "messages.thinking", out.thinking);
    if (same_name(key, "images")) read_images(decoder, member, "messages.images", out.has_images);
    if (same_name(key, "tool_calls")) read_tool_calls(decoder, member, out.tool_calls);
    if (same_name(key, "tool_name")) decoder.read(member, "messages.tool_name", out.tool_name);
    if (same_name(key, "tool_call_id")) decoder.read(member, "messages.tool_call_id", out.tool_call_id);
  });
  out.role = to_lower(out.role);
}

void read_tools(Decoder& decoder, const Json& value, std::string& out) {
  out.clear();
  bool any = false;
  decoder.read_array(value, "tools", "api.Tools", [&](const Json& tool) {
    any = true;
    if (tool.kind != Json::Kind::kObject) decoder.mismatch(tool, "tools", "api.Tool");
  });
  if (any) out = value.raw;
}

void read_context(Decoder& decoder, const Json& value, std::vector<int32_t>& out) {
  out.clear();
  decoder.read_array(value, "context", "[]int", [&](const Json& item) {
    int64_t token = 0;
    decoder.read(item, "context", token);
    const bool fits = token >= 0 && token <= std::numeric_limits<int32_t>::max();
    out.push_back(fits ? static_cast<int32_t>(token) : -1);  // the engine refuses ids it does not know
  });
}

void read_options_object(Decoder& decoder, const Json& value, ReadOptions& out) {
  if (value.kind != Json::Kind::kObject && value.kind != Json::Kind::kNull) {
    return decoder.mismatch(value, "options", "map[string]interface {}");
  }
  out = read_options(value);
}

// True when the member is one of those that chat and generate share.
bool read_shared(Decoder& decoder, const Json& member, GenerationRequest& out) {
  const std::string_view key = member.key;
  if (same_name(key, "model")) {
    decoder.read(member, "model", out.model);
  } else if (same_name(key, "stream")) {
    std::optional<bool> stream;
    decoder.read(member, "stream", stream);
    out.stream = stream.value_or(true);
  } else if (same_name(key, "format")) {
    out.format = member.raw;
  } else if (same_name(key, "keep_alive")) {
    read_keep_alive(decoder, member, out.keep_alive_ns);
  } else if (same_name(key, "options")) {
    read_options_object(decoder, member, out.options);
  } else if (same_name(key, "think")) {
    read_think(decoder, member, out.think);
  } else if (same_name(key, "truncate") || same_name(key, "shift")) {
    std::optional<bool> value;
    const bool is_shift = same_name(key, "shift");
    decoder.read(member, is_shift ? "shift" : "truncate", value);
    (is_shift ? out.shift : out.truncate) = value;
  } else if (same_name(key, "logprobs")) {
    decoder.read(member, "logprobs", out.logprobs);
  } else if (same_name(key, "top_logprobs")) {
    decoder.read(member, "top_logprobs", out.top_logprobs);
  } else {
    return false;
  }
  return true;
}

Result<Json> parse_body(std::string_view body) {
  auto json = parse_json(body);
  if (!json && json.error().message == "EOF") return Error{Code::kInvalidArgument, "missing request body"};
  return json;
}

template <typename Request>
Result<Request> finish(const Decoder& decoder, Request request) {
  if (!decoder.ok()) return decoder.error();
  return request;
}

}  // namespace

Result<ChatRequest> parse_chat_request(std::string_view body) {
  const auto json = parse_body(body);
  if (!json) return json.error();
  Decoder decoder("ChatRequest", "api");
  ChatRequest out;
  decoder.read_root(*json, [&](const Json& member) {
    if (read_shared(decoder, member, out)) return;
    if (same_name(member.key, "tools")) read_tools(decoder, member, out.tools_json);
    if (!same_name(member.key, "messages")) return;
    out.messages.clear();
    decoder.read_array(member, "messages", "[]api.Message",
                       [&](const Json& item) { read_message(decoder, item, out.messages.emplace_back()); });
  });
  return finish(decoder, std::move(out));
}

Result<GenerateRequest> parse_generate_request(std::string_view body) {
  const auto json = parse_body(body);
  if (!json) return json.error();
  Decoder decoder("GenerateRequest", "api");
  GenerateRequest out;
  decoder.read_root(*json, [&](const Json& member) {
    const std::string_view key = member.key;
    if (read_shared(decoder, member, out)) return;
    if (same_name(key, "prompt")) decoder.read(member, "prompt", out.prompt);
    if (same_name(key, "suffix")) decoder.read(member, "suffix", out.suffix);
    if (same_name(key, "system")) decoder.read(member, "system", out.system);
    if (same_name(key, "template")) decoder.read(member, "template", out.template_text);
    if (same_name(key, "context")) read_context(decoder, member, out.context);
    if (same_name(key, "raw")) decoder.read(member, "raw", out.raw);
    if (same_name(key, "images")) read_images(decoder, member, "images", out.has_images);
  });
  return finish(decoder, std::move(out));
}

Result<ShowRequest> parse_show_request(std::string_view body) {
  const auto json = parse_body(body);
  if (!json) return json.error();
  Decoder decoder("ShowRequest", "api");
  ShowRequest out;
  std::string name;
  std::string system;
  decoder.read_root(*json, [&](const Json& member) {
    if (same_name(member.key, "model")) decoder.read(member, "model", out.model);
    if (same_name(member.key, "name")) decoder.read(member, "name", name);
    if (same_name(member.key, "system")) decoder.read(member, "system", system);
    if (same_name(member.key, "verbose")) decoder.read(member, "verbose", out.verbose);
  });
  if (out.model.empty()) out.model = name;
  if (!system.empty()) out.system = system;
  return finish(decoder, std::move(out));
}

Result<std::string> check_format(std::string_view format) {
  if (format.empty() || format == "null" || format == R"("")") return std::string();
  if (format == R"("json")") return std::string("json");
  if (format.starts_with('{')) return std::string(format);
  return Error{Code::kInvalidArgument,
               "invalid format: " + quote_go(format) + R"(; expected "json" or a valid JSON Schema object)"};
}

}  // namespace samovar::wire
