// What an operator may set, in one table: a flag of `serve` comes before the environment, the environment
// before [server] in samovar.toml, that before the usual value.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace CLI {
class App;
}

namespace samovar::app {

struct ConfigValue {
  std::string_view variable;  // of the environment
  std::string_view flag;      // of `serve`, or ""
  std::string_view usual;     // in words where it depends
  bool is_secret = false;     // never shown
};

// In the order in which people look for them.
[[nodiscard]] std::span<const ConfigValue> config_values();

// The key in [server]: "SAMOVAR_TLS_CERT" -> "tls_cert".
[[nodiscard]] std::string config_key(const ConfigValue& value);

// Puts what [server] sets into the environment, where that does not set it already. Once, before other
// threads. Fails with kInvalidArgument, naming file, line and key.
[[nodiscard]] Result<void> adopt_config_file(const std::filesystem::path& file);

// The line of that file from which the variable has its value; 0: it has it from elsewhere.
[[nodiscard]] int config_line(std::string_view variable);

// Gives the command's options that no flag has set what the environment says. Fails with kInvalidArgument,
// naming variable and value.
[[nodiscard]] Result<void> fill_from_environment(CLI::App& command);

}  // namespace samovar::app
