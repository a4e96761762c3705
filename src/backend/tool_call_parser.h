// Finds tool calls in a stream of a model's answer, in the forms that models write them:
//   {"name": "f", "arguments": {...}}, also "parameters", several in a row or in a list, behind a tag of the
//   model's template (<tool_call>, [TOOL_CALLS], ...) or alone; f{...}, f[ARGS]{...}, <function=f>{...}.
// Only names that the request offered are calls; everything else stays text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/chat_template.h"

namespace samovar::backend {

struct ToolText {
  std::string content;
  std::vector<text::ToolCall> calls;
};

class ToolCallParser {
 public:
  // `tag`: what the template writes in front of calls; "{" or "[": nothing but the call itself.
  // `names`: of the offered tools.
  ToolCallParser(std::string tag, std::vector<std::string> names);

  // What is certain now. Text that may still become a call is held back.
  [[nodiscard]] ToolText push(std::string_view piece);
  // The rest: a call that was cut off is given as text.
  [[nodiscard]] ToolText finish();

 private:
  enum class State { kText, kCalls, kPlain };  // kPlain: no call can come any more
  enum class Step { kOn, kWait };

  Step read_text(ToolText& out);
  Step read_calls(ToolText& out);
  // Drops what may stand between calls from the front of held_; false when more text is needed to know. raw_
  // is then the word that opens another call, if there was one.
  bool skip_separators();
  [[nodiscard]] std::optional<size_t> find_closing() const;
  void give_up(ToolText& out);
  [[nodiscard]] bool add_calls(std::string_view before, std::string_view json, ToolText& out) const;

  std::string tag_;
  std::string close_;  // "</tool_call>" or empty
  std::vector<std::string> names_;
  State state_ = State::kText;
  std::string held_;
  std::string raw_;     // what led here since the last call, to be text again when none comes
  bool began_ = false;  // something that is no white space was said
  bool said_ = false;   // some of it was given out as text
  bool called_ = false;
  bool fenced_ = false;  // calls stand in a fence of back quotes
};

// The names in a request's "tools".
[[nodiscard]] std::vector<std::string> list_tool_names(std::string_view tools_json);

// The schema of an answer that is one call: of the tool `name`, or of any where it is empty. Empty text when
// no such tool is offered.
[[nodiscard]] std::string make_call_schema(std::string_view tools_json, std::string_view name);

}  // namespace samovar::backend
