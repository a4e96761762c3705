// Where this program's API keys are.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "keys/key_ring.h"

namespace samovar::app {

// SAMOVAR_KEYS, else keys.json in the data folder. Fails as data_folder() does.
[[nodiscard]] Result<std::filesystem::path> key_file();

// The server's key ring. Keys are asked for when the file exists or SAMOVAR_REQUIRE_KEY is on. Fails when the
// file is there and cannot be read.
[[nodiscard]] Result<std::shared_ptr<keys::KeyRing>> open_key_ring();

}  // namespace samovar::app
