// Pulling models and files into a store, and pushing models to a registry, on the caller's thread.
#pragma once

#include <functional>
#include <string>

#include "catalog/store.h"
#include "registry/download.h"
#include "registry/reference.h"
#include "registry/session.h"

namespace samovar::registry {

struct Step {  // one line of progress, in Ollama's words
  std::string status;
  std::string digest;  // "sha256:...", or empty
  int64_t total_bytes = 0;
  int64_t completed_bytes = 0;
};
using Tell = std::function<void(const Step&)>;

// Afterwards the model is in the store, every blob checked against its digest; before that, nothing of it can
// be seen there. Errors: "pull model manifest: file does not exist" (kNotFound), "digest mismatch, file must
// be downloaded again: want sha256:..., got sha256:..." (kCorrupt), and those of session and download.
[[nodiscard]] Result<void> pull_model(catalog::Store& store, Session& session, const Reference& reference,
                                      const DownloadOptions& options, const Tell& tell);

// The same for the address of a GGUF file, which becomes a model of its own.
[[nodiscard]] Result<void> pull_file(catalog::Store& store, Session& session, const Reference& reference,
                                     const DownloadOptions& options, const Tell& tell);

// Only what the registry has not yet is sent.
[[nodiscard]] Result<void> push_model(const catalog::Store& store, Session& session,
                                      const Reference& reference, const DownloadOptions& options,
                                      const Tell& tell);

}  // namespace samovar::registry
