// Which library the commands that look after models use: the one of the server at OLLAMA_HOST, else this
// machine's own store, whether a server runs on it or not.
#pragma once

#include <memory>

#include "backend/library.h"
#include "base/result.h"

namespace samovar::app {

// Fails with kInvalidArgument (OLLAMA_HOST, OLLAMA_MAX_TRANSFER_STREAMS).
[[nodiscard]] Result<std::shared_ptr<backend::Library>> choose_library();

// The one whose models `backend` answers with.
[[nodiscard]] Result<std::shared_ptr<backend::Library>> library_of(const backend::Backend& backend);

// This machine's store, with the options of the environment.
[[nodiscard]] Result<std::shared_ptr<backend::Library>> make_local_library();

}  // namespace samovar::app
