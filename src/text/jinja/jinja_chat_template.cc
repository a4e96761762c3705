// Chat messages as the variables a Hugging Face template expects.
// Templates differ in what they take for tool calls (arguments as an object or as JSON text, content
// absent or empty) and whether they take a system message; that is found out once, by trial.
#include <array>
#include <optional>

#include "text/chat_template.h"
#include "text/jinja/json_value.h"
#include "text/jinja/template.h"
#include "text/user_text.h"

namespace samovar::text {
namespace {

using jinja::Dict;
using jinja::None;
using jinja::Value;

// What the template wants to be given.
struct Form {
  bool arguments_as_text = false;
  bool empty_content_as_none = false;  // of an assistant's message with tool calls
  bool system_role = true;             // false: put the system text in front of the next user message
};

ChatMessage make_message(std::string_view role, std::string content) {
  ChatMessage message;
  message.role = role;
  message.content = std::move(content);
  return message;
}

std::vector<ChatMessage> with_folded_system(const std::vector<ChatMessage>& messages) {
  std::vector<ChatMessage> out;
  std::string waiting;
  for (const ChatMessage& message : messages) {
    if (message.role == "system") {
      waiting += (waiting.empty() ? "" : "\n\n") + message.content;
      continue;
    }
    if (message.role != "user" && !waiting.empty()) {
      out.push_back(make_message("user", std::exchange(waiting, {})));
    }
    out.push_back(message);
    if (!waiting.empty()) out.back().content = std::exchange(waiting, {}) + "\n\n" + message.content;
  }
  if (!waiting.empty()) out.push_back(make_message("user", std::move(waiting)));
  return out;
}

// Neighbours of one role become one message, tool results and calls excepted.
std::vector<ChatMessage> with_merged_neighbours(const std::vector<ChatMessage>& messages) {
  std::vector<ChatMessage> out;
  for (const ChatMessage& message : messages) {
    const bool same = !out.empty() && out.back().role == message.role && message.role != "tool" &&
                      message.tool_calls.empty() && out.back().tool_calls.empty();
    if (same) {
      out.back().content += "\n\n" + message.content;
    } else {
      out.push_back(message);
    }
  }
  return out;
}

class JinjaChatTemplate : public ChatTemplate {
 public:
  explicit JinjaChatTemplate(jinja::Template parsed) : template_(std::move(parsed)) { find_form(); }

  Result<Prompt> render(const TemplateInput& input) const override {
    const auto messages = form_.system_role ? input.messages : with_folded_system(input.messages);
    Result<Prompt> prompt = render_messages(input, messages, form_);
    if (prompt.ok() || prompt.error().code != Code::kInvalidArgument) return prompt;
    const auto merged = with_merged_neighbours(messages);
    if (merged.size() == messages.size()) return prompt;
    Result<Prompt> second = render_messages(input, merged, form_);
    return second.ok() ? std::move(second) : std::move(prompt);
  }

 private:
  static Result<Value> tool_calls_value(const ChatMessage& message, const UserText& user, const Form& form) {
    std::vector<Value> calls;
    const auto mark = [&](std::string_view text) { return user.mark(text); };
    for (const ToolCall& call : message.tool_calls) {
      auto function = std::make_shared<Dict>();
      function->set("name", Value(user.mark(call.name)));
      if (form.arguments_as_text) {
        function->set("arguments", Value(user.mark(call.arguments_json)));
      } else {
        Result<Value> arguments =
            jinja::parse_json(call.arguments_json.empty() ? "{}" : call.arguments_json, mark);
        if (!arguments.ok()) {
          return Error{arguments.error().code,
                       "the arguments of the tool call '" + call.name + "' are " + arguments.error().message};
        }
        function->set("arguments", std::move(*arguments));
      }
      auto value = std::make_shared<Dict>();
      value->set("type", Value("function"));
      if (!call.id.empty()) value->set("id", Value(user.mark(call.id)));
      value->set("function", Value(std::move(function)));
      calls.emplace_back(std::move(value));
    }
    return Value::list(std::move(calls));
  }

  static Result<Value> message_value(const ChatMessage& message, const UserText& user, const Form& form) {
    auto value = std::make_shared<Dict>();
    const bool no_content =
        message.content.empty() && !message.tool_calls.empty() && form.empty_content_as_none;
    value->set("role", Value(user.mark(message.role)));
    value->set("content", no_content ? Value(None{}) : Value(user.mark(message.content)));
    if (!message.thinking.empty()) {
      value->set("reasoning_content", Value(user.mark(message.thinking)));
      value->set("thinking", Value(user.mark(message.thinking)));
    }
    if (!message.tool_calls.empty()) {
      Result<Value> calls = tool_calls_value(message, user, form);
      if (!calls.ok()) return calls.error();
      value->set("tool_calls", std::move(*calls));
    }
    if (!message.tool_name.empty()) value->set("name", Value(user.mark(message.tool_name)));
    if (!message.tool_call_id.empty()) value->set("tool_call_id", Value(user.mark(message.tool_call_id)));
    return Value(std::move(value));
  }

  static Result<Value> tools_value(const TemplateInput& input, const UserText& user) {
    if (input.tools_json.empty()) return Value(None{});
    Result<Value> tools =
        jinja::parse_json(input.tools_json, [&](std::string_view text) { return user.mark(text); });
    if (!tools.ok()) return Error{tools.error().code, "the tools are " + tools.error().message};
    if (!tools->is_sequence()) return Error{Code::kInvalidArgument, "the tools are not a JSON array"};
    return tools->truthy() ? std::move(tools) : Result<Value>(Value(None{}));
  }

  static void set_options(const TemplateInput& input, Dict& variables) {
    variables.set("documents", Value(None{}));
    variables.set("add_generation_prompt", Value(input.add_generation_prompt));
    variables.set("bos_token", Value(input.bos_token));
    variables.set("eos_token", Value(input.eos_token));
    if (input.think) {
      variables.set("enable_thinking", Value(*input.think));
      variables.set("thinking", Value(*input.think));
    }
    if (!input.think_level.empty()) variables.set("reasoning_effort", Value(input.think_level));
  }

  Result<Prompt> render_messages(const TemplateInput& input, const std::vector<ChatMessage>& messages,
                                 const Form& form) const {
    const UserText user(input.control_tokens);
    std::vector<Value> values;
    for (const ChatMessage& message : messages) {
      Result<Value> value = message_value(message, user, form);
      if (!value.ok()) return value.error();
      values.push_back(std::move(*value));
    }
    Result<Value> tools = tools_value(input, user);
    if (!tools.ok()) return tools.error();
    Dict variables;
    variables.set("messages", Value::list(std::move(values)));
    variables.set("tools", std::move(*tools));
    set_options(input, variables);
    Result<std::string> rendered = template_.render(variables, input.date);
    if (!rendered.ok()) return rendered.error();
    return user.restore(*rendered);
  }

  std::string trial(const std::vector<ChatMessage>& messages, const Form& form) const {
    TemplateInput input;
    input.date = "2026-01-01";
    Result<Prompt> prompt = render_messages(input, messages, form);
    return prompt.ok() ? prompt->text : std::string();
  }

  void find_form() {
    const ChatMessage user = make_message("user", "user_needle");
    const ChatMessage system = make_message("system", "system_needle");
    const bool plain_works = !trial({user}, form_).empty();
    form_.system_role = !plain_works || !trial({system, user}, form_).empty();
    ChatMessage call = make_message("assistant", "");
    call.tool_calls = {{"call12345", "tool_needle", R"({"argument_needle": "value"})"}};
    static constexpr std::array<std::pair<bool, bool>, 4> kForms = {
        {{false, true}, {false, false}, {true, true}, {true, false}}};
    for (const auto& [as_text, as_none] : kForms) {
      const Form form{as_text, as_none, form_.system_role};
      const std::string text = trial({user, call}, form);
      const bool called = text.find("tool_needle") != std::string::npos;
      const bool python = text.find("'argument_needle'") != std::string::npos;
      if (!called || python || text.find("argument_needle") == std::string::npos) continue;
      form_ = form;
      return;
    }
  }

  jinja::Template template_;
  Form form_;
};

}  // namespace

Result<std::unique_ptr<ChatTemplate>> make_jinja_template(std::string_view source) {
  Result<jinja::Template> parsed = jinja::Template::parse(source);
  if (!parsed.ok()) return parsed.error();
  return std::unique_ptr<ChatTemplate>(std::make_unique<JinjaChatTemplate>(std::move(*parsed)));
}

}  // namespace samovar::text
