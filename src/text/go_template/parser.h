// Go template source -> syntax tree, and what Ollama reads from the tree.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "text/go_template/ast.h"

namespace samovar::text::go_template {

// Throws Failure with the line; nesting is at most kMaxNesting.
[[nodiscard]] Templates parse_templates(std::string_view source);

// The names of all fields and variables, in lower case, as Ollama collects them.
[[nodiscard]] std::set<std::string> mentioned_names(const Templates& templates);

// The nodes up to the first {{ .Response }}, itself included: what is run to ask for the next response.
[[nodiscard]] NodeList cut_after_response(const NodeList& nodes);

// The texts in front of and behind {{ .Thinking }} of a message, or empty.
struct ThinkTags {
  std::string open;
  std::string close;
};
[[nodiscard]] ThinkTags find_think_tags(const Templates& templates);

// The first text behind an {{ if .ToolCalls }}, up to where the call itself begins; "{" when there is none.
[[nodiscard]] std::string find_tool_tag(const Templates& templates);

}  // namespace samovar::text::go_template
