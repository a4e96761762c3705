// Which backend a command uses: the server at OLLAMA_HOST, one that answers on the usual port, or the
// engine inside this process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"

namespace samovar::app {

inline constexpr const char* kDefaultModel = "smollm2:135m";

enum class Preference {
  kStoreUnlessTold,  // the local store; a server only when OLLAMA_HOST names one
  kRunningServer,    // a server when OLLAMA_HOST names one or the usual port answers; else the engine here
  kServerOnly,       // a server; the usual port when OLLAMA_HOST is unset
};

// Where no server is named, SAMOVAR_UPSTREAM comes before the engine.
// `n_threads` of an engine; 0: one per core. Fails with kInvalidArgument (OLLAMA_HOST, SAMOVAR_ISA, ...).
[[nodiscard]] Result<std::shared_ptr<backend::Backend>> choose_backend(Preference preference,
                                                                       size_t n_threads = 0);

// smollm2:135m where it is among `models`, else the first; "" when there is none.
[[nodiscard]] std::string pick_default_model(const std::vector<backend::ModelSummary>& models);

// The model a command means when none is named. Fails with kNotFound, saying what to do, when there is none.
[[nodiscard]] Result<std::string> choose_model(backend::Backend& backend);

}  // namespace samovar::app
