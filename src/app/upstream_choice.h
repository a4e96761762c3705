// The servers whose models answer instead of the engine: SAMOVAR_UPSTREAM, or OLLAMA_HOST with a scheme.
#pragma once

#include <memory>
#include <string>

#include "backend/library.h"
#include "backend/upstream_http.h"
#include "backend/upstream_pool.h"
#include "base/result.h"

namespace samovar::app {

struct ChosenUpstream {
  std::shared_ptr<backend::UpstreamPool> pool;
  std::shared_ptr<backend::Library> library;  // of the one Ollama; else one that can change nothing
  std::string kind;                           // "ollama", "openai"; "mixed": both
};

// `text` as upstream_address() gives it. Keys come from SAMOVAR_UPSTREAM_KEY or SAMOVAR_UPSTREAM_KEY_FILE
// (one for all, or as many as upstreams, separated by commas or lines), for Ollamas else from OLLAMA_API_KEY;
// `options` says the rest. Fails with kInvalidArgument, kIo (the file).
[[nodiscard]] Result<ChosenUpstream> make_upstream_pool(const std::string& text,
                                                        backend::UpstreamOptions options = {});

}  // namespace samovar::app
