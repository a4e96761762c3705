// Chat messages -> prompt text, by the model's own Jinja template or by an Ollama Go template.
// Templates are bytes from outside: a broken or endless one gives an Error, never a crash
// (steps, output size and nesting are limited).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/prompt.h"

namespace samovar::text {

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments_json;  // a JSON object
};

struct ChatMessage {
  std::string role;  // "system", "user", "assistant", "tool"
  std::string content;
  std::string thinking;  // assistant only
  std::vector<ToolCall> tool_calls;
  std::string tool_name;     // role "tool"
  std::string tool_call_id;  // role "tool"
};

struct TemplateInput {
  std::vector<ChatMessage> messages;
  std::string suffix;      // text behind the gap to fill (.Suffix of Go templates), or empty
  std::string tools_json;  // a JSON array of OpenAI-style tools, or empty
  bool add_generation_prompt = true;
  std::optional<bool> think;  // enable_thinking / .Think; unset: the template's default
  std::string think_level;    // "low" ... or empty
  std::string date;           // "2026-11-22" for strftime_now / currentDate; from the caller's clock
  std::string bos_token;      // spellings, or empty
  std::string eos_token;
  // Spellings of the control tokens that user text must not become; see Prompt::plain.
  std::vector<std::string> control_tokens;
};

class ChatTemplate {
 public:
  virtual ~ChatTemplate() = default;

  // Fails with kInvalidArgument when the template itself refuses (raise_exception; its message is
  // passed on) and kUnsupported when it needs something this program does not know.
  [[nodiscard]] virtual Result<Prompt> render(const TemplateInput& input) const = 0;
};

// Fails with kInvalidArgument: line, column, what was expected.
[[nodiscard]] Result<std::unique_ptr<ChatTemplate>> make_jinja_template(std::string_view source);

// Ollama's TEMPLATE. A template without .Messages is run once per exchange the way Ollama does it.
[[nodiscard]] Result<std::unique_ptr<ChatTemplate>> make_go_template(std::string_view source);

// What a template can do, read from its text the way Ollama reads it.
struct TemplateTraits {
  bool tools = false;
  bool thinking = false;
  bool insert = false;    // takes the text behind a gap: .Suffix
  bool messages = false;  // false: a Go template that is run once per exchange
  // What stands around the thinking of an answer, e.g. "<think>" and "</think>"; empty when not known.
  std::string think_open;
  std::string think_close;
  // What an answer's tool calls begin with: "<tool_call>", "[TOOL_CALLS]", ...; "{": nothing but the call.
  std::string tool_open = "{";
};

// `source` is a Jinja template when it has a {% tag, else a Go template. A broken one has no traits.
[[nodiscard]] TemplateTraits inspect_template(std::string_view source);

}  // namespace samovar::text
