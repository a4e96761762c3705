#include "catalog/capabilities.h"

#include "text/chat_template.h"

namespace samovar::catalog {

std::vector<std::string> list_capabilities(const Entry& entry, const Facts& facts) {
  if (facts.embeds_only) return {"embedding"};
  const std::string& source = entry.template_text.empty() ? facts.chat_template : entry.template_text;
  const text::TemplateTraits traits = text::inspect_template(source);
  std::vector<std::string> capabilities = {"completion"};
  if (traits.tools) capabilities.emplace_back("tools");
  if (traits.insert) capabilities.emplace_back("insert");
  if (traits.thinking) capabilities.emplace_back("thinking");
  return capabilities;
}

}  // namespace samovar::catalog
