// Two schemas -> one that asks for both.
#pragma once

#include "base/result.h"
#include "sampling/grammar/schema_value.h"

namespace samovar::sampling::grammar {

// References are kept, as parts of "allOf". Fails with kUnsupported, naming the keyword, where both say
// something that one keyword cannot say together (two patterns, say).
[[nodiscard]] Result<Json> merge_schemas(const Json& a, const Json& b);

}  // namespace samovar::sampling::grammar
