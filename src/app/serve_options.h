// The options of `serve`, which `config show` explains.
#pragma once

#include "app/serve.h"

namespace CLI {
class App;
}

namespace samovar::app {

// `options` must outlive the command.
void add_serve_options(CLI::App& command, ServeOptions& options);

// After the flags: what the environment says, then where OLLAMA_HOST tells to listen. Fails with
// kInvalidArgument.
[[nodiscard]] Result<void> settle_serve_options(CLI::App& command, ServeOptions& options);

}  // namespace samovar::app
