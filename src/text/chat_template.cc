#include "text/chat_template.h"

#include "text/go_template/parser.h"

namespace samovar::text {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

TemplateTraits inspect_jinja(std::string_view source) {
  TemplateTraits traits;
  traits.messages = true;
  traits.tools = has(source, "tools") || has(source, "tool_call");
  const bool tags = has(source, "<think>") && has(source, "</think>");
  const bool strips_thinking =
      has(source, "content.split('</think>')") || has(source, "content.split(\"</think>\")");
  traits.thinking =
      tags || has(source, "enable_thinking") || (strips_thinking && !has(source, "<SPECIAL_12>"));
  if (traits.thinking && has(source, "</think>")) {
    traits.think_open = "<think>";
    traits.think_close = "</think>";
  }
  for (const char* tag : {"<tool_call>", "[TOOL_CALLS]", "<|tool_call|>", "<|tool_call_start|>",
                          "<function=", "<｜tool▁calls▁begin｜>", "<|START_ACTION|>"}) {
    if (!has(source, tag)) continue;
    traits.tool_open = tag;
    break;
  }
  return traits;
}

TemplateTraits inspect_go(std::string_view source) {
  TemplateTraits traits;
  try {
    const go_template::Templates templates = go_template::parse_templates(source);
    const std::set<std::string> names = go_template::mentioned_names(templates);
    const go_template::ThinkTags tags = go_template::find_think_tags(templates);
    traits.tools = names.count("tools") > 0;
    traits.tool_open = go_template::find_tool_tag(templates);
    traits.insert = names.count("suffix") > 0;
    traits.messages = names.count("messages") > 0;
    traits.thinking = !tags.open.empty() && !tags.close.empty();
    if (traits.thinking) {
      traits.think_open = tags.open;
      traits.think_close = tags.close;
    }
  } catch (const Failure&) {
    return {};
  }
  return traits;
}

}  // namespace

TemplateTraits inspect_template(std::string_view source) {
  return has(source, "{%") ? inspect_jinja(source) : inspect_go(source);
}

}  // namespace samovar::text
