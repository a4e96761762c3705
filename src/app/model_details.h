// What `samovar show --verbose` adds: the file's metadata and tensors.
#pragma once

#include <string>

#include "backend/backend.h"

namespace samovar::app {

// Two sections, "Metadata" and "Tensors"; of lists their first elements and how many more there are.
[[nodiscard]] std::string format_model_details(const backend::ModelDescription& card);

}  // namespace samovar::app
