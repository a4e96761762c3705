#include "catalog/describe.h"

#include "catalog/capabilities.h"
#include "catalog/modelfile.h"

namespace samovar::catalog {

Description describe(const Entry& entry, const gguf::File& file, Arrays arrays) {
  Description description;
  description.facts = read_facts(file);
  description.capabilities = list_capabilities(entry, description.facts);
  description.modelfile = format_modelfile(entry);
  description.parameters = format_parameters(entry.params_json);
  description.shown_template =
      !entry.template_text.empty() ? entry.template_text : description.facts.chat_template;
  if (description.shown_template.empty()) description.shown_template = "{{ .Prompt }}";
  description.model_info_json = make_model_info_json(file, arrays);
  description.tensors_json = make_tensors_json(file);
  return description;
}

}  // namespace samovar::catalog
