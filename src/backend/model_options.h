// Options of a request on top of a model's own (PARAMETER layer) and Ollama's defaults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"
#include "sampling/options.h"

namespace samovar::backend {

struct EffectiveOptions {
  sampling::Options sampling;
  int64_t num_predict = -1;  // < 0: no limit
  int64_t num_ctx = 0;       // 0: the server's default
  int64_t num_keep = 4;      // tokens at the beginning that stay when others make room; < 0: the prompt
  std::vector<std::string> stop;
};

// The PARAMETER layer's JSON object as options. Unknown names are ignored, as Ollama does. Fails with
// kCorrupt when the text is not a JSON object or a value has another type; the message names it.
[[nodiscard]] Result<Options> parse_model_options(std::string_view params_json);

// The request's value where it has one, else the model's, else the default.
[[nodiscard]] EffectiveOptions merge_options(const Options& request, const Options& model);

}  // namespace samovar::backend
