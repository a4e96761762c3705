// What Ollama's environment variables ask of the server, so that an existing set-up carries over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backend/engine_backend.h"
#include "base/result.h"
#include "registry/download.h"

namespace samovar::app {

// The value of an environment variable; "" when unset.
[[nodiscard]] std::string environment(const char* name);

// Where this program may keep what it could compute again: $XDG_CACHE_HOME/samovar, else ~/.cache/samovar.
[[nodiscard]] std::filesystem::path cache_folder();

// NAME, or what is in the file that NAME_FILE names, without line ends around it; "" when both are unset.
// Fails with kIo, naming the file, and with kInvalidArgument when both are set.
[[nodiscard]] Result<std::string> read_secret(const char* name);

// SAMOVAR_UPSTREAM, else OLLAMA_HOST when it names a server to use ("http://..." or "https://..."), else "".
[[nodiscard]] std::string upstream_address();

struct BindAddress {
  std::string host;
  uint16_t port = 0;
};

// OLLAMA_HOST when it names no server to use but where to listen, as it does for Ollama ("0.0.0.0",
// "0.0.0.0:8080", ":11435"); nothing when it is unset or has a scheme. Fails with kInvalidArgument.
[[nodiscard]] Result<std::optional<BindAddress>> bind_address();

// Fills in OLLAMA_NUM_PARALLEL, OLLAMA_MAX_QUEUE, OLLAMA_MAX_LOADED_MODELS, OLLAMA_CONTEXT_LENGTH,
// OLLAMA_KV_CACHE_TYPE, OLLAMA_KEEP_ALIVE and SAMOVAR_MEMORY where they are set. Fails with kInvalidArgument,
// naming variable and value.
[[nodiscard]] Result<void> read_engine_environment(backend::EngineBackendOptions& options);

// "5m", "-1" (for ever) or seconds, in nanoseconds; negative: for ever.
[[nodiscard]] Result<int64_t> parse_keep_alive(const std::string& value);

// SAMOVAR_MAX_PER_CLIENT: answers that one account, key, browser or address may have under way or in line; 0,
// when it is unset: any number. Fails as above.
[[nodiscard]] Result<size_t> most_per_client();

// SAMOVAR_REQUEST_TIMEOUT: how long an answer of the API may take, waiting included; 0: any time. Two minutes
// when it is unset. Fails with kInvalidArgument.
[[nodiscard]] Result<int64_t> request_timeout_ms();

// OLLAMA_MAX_TRANSFER_STREAMS: ranges of a file that are downloaded at once. Fails as above.
[[nodiscard]] Result<void> read_transfer_environment(registry::DownloadOptions& options);

// OLLAMA_NOPRUNE and its like: "1", "true", anything but "", "0" and "false".
[[nodiscard]] bool is_switched_on(const char* name);

// Comma-separated, as in OLLAMA_ORIGINS.
[[nodiscard]] std::vector<std::string> environment_list(const char* name);

}  // namespace samovar::app
