// Where this program's API keys are.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.h"
#include "history/archive.h"
#include "keys/key_ring.h"

namespace samovar::app {

// SAMOVAR_KEYS, else keys.json in the data folder. Fails as data_folder() does.
[[nodiscard]] Result<std::filesystem::path> key_file();

struct KeyRingParts {
  history::Archive* archive = nullptr;  // outlives the ring
  std::function<void(std::function<void()>, int delay_ms)> post_later;
  keys::TakeTurn take_turn;  // unset: this server counts requests by itself
};

// The server's key ring, of the database that servers share or of a file (key_store.h). Keys are asked for
// where there is, or was, one, or SAMOVAR_REQUIRE_KEY is on. Fails when they are there and cannot be read.
[[nodiscard]] Result<std::shared_ptr<keys::KeyRing>> open_key_ring(KeyRingParts parts);

}  // namespace samovar::app
