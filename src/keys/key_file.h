// Where API keys are kept: a JSON file that only its owner may read. That it exists is what makes the server
// ask for keys, so that revoking the last one opens nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keys/key.h"

namespace samovar::keys {

// Fails with kCorrupt, naming the place, or kIo. A file that is not there is kNotFound.
[[nodiscard]] Result<std::vector<Key>> load_keys(const std::filesystem::path& file);
[[nodiscard]] Result<std::vector<Key>> parse_keys(std::string_view json);

// Loads, lets `change` work on the keys and writes them, whole or not at all, mode 0600; two programs at once
// take turns. The folder is made. Fails as load_keys() does, as `change` does, or with kIo.
[[nodiscard]] Result<void> update_keys(const std::filesystem::path& file,
                                       const std::function<Result<void>(std::vector<Key>&)>& change);

}  // namespace samovar::keys
