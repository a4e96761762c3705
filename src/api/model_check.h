// What a request asks of its model, checked against the model's capabilities before anything runs.
#pragma once

#include <functional>
#include <string>

#include "api/endpoints.h"
#include "base/result.h"

namespace samovar::api {

struct ModelDemands {
  bool thinking = false;
  bool tools = false;
  bool insert = false;
  bool vision = false;
  // Found in the request, but reported only for a model that exists, as Ollama orders it.
  std::string option_error;

  [[nodiscard]] bool any() const { return thinking || tools || insert || vision || !option_error.empty(); }
};

// Fails with kNotFound "model 'x' not found", or kUnsupported with Ollama's texts ("smollm2" does not
// support thinking · registry.ollama.ai/library/smollm2:latest does not support tools). Without demands
// it succeeds at once: the run itself tells about the model.
void check_model(const Context& context, const std::string& model, const ModelDemands& demands,
                 std::function<void(Result<void>)> callback);

// kNotFound in the words that Ollama uses for `name`; other errors unchanged.
[[nodiscard]] Error name_missing_model(Error error, const std::string& name);

}  // namespace samovar::api
