// Who may come in: SAMOVAR_ACCESS and its like (config_values.h).
#pragma once

#include "accounts/service.h"
#include "base/result.h"

namespace samovar::app {

// Secrets are read from their files here. Fails with kInvalidArgument, or kNotFound for a file, in one
// sentence that says what to do; also when the mode lacks something.
[[nodiscard]] Result<accounts::Options> choose_access(const std::string& trusted_proxies);

// What the operator is told at the start about who may come in.
[[nodiscard]] std::string describe_access(const accounts::Options& options, bool is_loopback);

}  // namespace samovar::app
