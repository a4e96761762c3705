// The two texts of a model that people read: `show --parameters` and `show --modelfile`.
#pragma once

#include <string>
#include <string_view>

#include "catalog/store.h"

namespace samovar::catalog {

// One line per value, names in order of the alphabet: `stop                           "<|im_end|>"`.
// "" for no parameters or for text that is not a JSON object.
[[nodiscard]] std::string format_parameters(std::string_view params_json);

// A Modelfile that rebuilds the model. An entry without TEMPLATE shows "{{ .Prompt }}", as Ollama does for
// models that use the GGUF's own template.
[[nodiscard]] std::string format_modelfile(const Entry& entry);

}  // namespace samovar::catalog
