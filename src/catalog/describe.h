// Everything that is known of one model: what the store says and what its GGUF file says.
#pragma once

#include <string>
#include <vector>

#include "catalog/facts.h"
#include "catalog/metadata_json.h"
#include "catalog/store.h"

namespace samovar::catalog {

struct Description {
  Facts facts;
  std::vector<std::string> capabilities;
  std::string modelfile;
  std::string parameters;
  std::string shown_template;  // TEMPLATE, or the GGUF's Jinja, or "{{ .Prompt }}"
  std::string model_info_json;
  std::string tensors_json;
};

[[nodiscard]] Description describe(const Entry& entry, const gguf::File& file, Arrays arrays);

}  // namespace samovar::catalog
