// Who may speak to this server from a browser: Ollama's rules. Pure, but for the machine's own name.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace samovar::api {

// Pages of this machine and desktop apps (app:, file:, tauri:, vscode-...) are allowed, and what `more`
// lists; '*' in it stands for any text.
[[nodiscard]] bool is_allowed_origin(std::string_view origin, std::span<const std::string> more);

// The guard against DNS rebinding of servers bound to loopback: `host` (a Host header, with or without a
// port) must be an address of a private network or loopback, this machine's name, localhost, or end in
// .localhost, .local or .internal.
[[nodiscard]] bool is_local_host(std::string_view host);

// Whether `host`, with or without a port, is one of `names` (lower case).
[[nodiscard]] bool is_named(std::string_view host, std::span<const std::string> names);

}  // namespace samovar::api
