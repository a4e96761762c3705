// What a model can be asked for, judged by its template the way Ollama does it.
#pragma once

#include <string>
#include <vector>

#include "catalog/facts.h"
#include "catalog/store.h"

namespace samovar::catalog {

// "embedding" alone for models that only make vectors, else "completion" and, where its template has a
// place for them, "tools", "insert", "thinking". Images are never offered: no part of this program sees them.
// The template is the entry's Go TEMPLATE, or the GGUF's Jinja where it has none.
[[nodiscard]] std::vector<std::string> list_capabilities(const Entry& entry, const Facts& facts);

}  // namespace samovar::catalog
