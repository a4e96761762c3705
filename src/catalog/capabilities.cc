#include "catalog/capabilities.h"

namespace samovar::catalog {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The bytes of a template's tags, literals blanked out, everything else left away.
std::string extract_code(std::string_view source) {
  std::string code;
  size_t at = 0;
  while ((at = source.find('{', at)) != std::string_view::npos) {
    const char kind = at + 1 < source.size() ? source[at + 1] : '\0';
    at += 2;
    if (kind != '{' && kind != '%') {
      --at;
      continue;
    }
    const std::string_view close = kind == '{' ? "}}" : "%}";
    char quote = '\0';
    for (; at < source.size(); ++at) {
      const char c = source[at];
      if (quote == '\0' && source.substr(at).starts_with(close)) break;
      if (quote == '\0' && (c == '\'' || c == '"' || c == '`')) {
        quote = c;
      } else if (c == '\\' && quote != '\0' && quote != '`') {
        ++at;
      } else if (c == quote) {
        quote = '\0';
      } else if (quote == '\0') {
        code += c;
      }
    }
    code += ' ';
  }
  return code;
}

}  // namespace

bool template_names(std::string_view source, std::string_view word) {
  const std::string code = extract_code(source);
  for (size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !is_word(code[at - 1]);
    if (starts && (end == code.size() || !is_word(code[end]))) return true;
  }
  return false;
}

std::vector<std::string> list_capabilities(const Entry& entry, const Facts& facts) {
  if (facts.embeds_only) return {"embedding"};
  std::vector<std::string> capabilities = {"completion"};
  const auto add_if = [&](bool has, const char* capability) {
    if (has) capabilities.emplace_back(capability);
  };
  if (!entry.template_text.empty()) {
    add_if(template_names(entry.template_text, "Tools"), "tools");
    add_if(template_names(entry.template_text, "Suffix"), "insert");
    add_if(template_names(entry.template_text, "Thinking"), "thinking");
    return capabilities;
  }
  const std::string& jinja = facts.chat_template;
  add_if(template_names(jinja, "tools"), "tools");
  const bool thinks = template_names(jinja, "enable_thinking") ||
                      template_names(jinja, "reasoning_content") ||
                      jinja.find("<think>") != std::string::npos;
  add_if(thinks, "thinking");
  return capabilities;
}

}  // namespace samovar::catalog
