// What `samovar show` and `/show info` print about a model, in Ollama's layout.
#pragma once

#include <string>

#include "backend/backend.h"

namespace samovar::app {

[[nodiscard]] std::string format_model_card(const backend::ModelDescription& card);

}  // namespace samovar::app
