// OLLAMA_HOST, as Ollama reads it: [http[s]://]host[:port][/path].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::app {

struct ServerAddress {
  std::string scheme = "http";
  std::string host = "127.0.0.1";  // IPv6 without brackets
  uint16_t port = 11434;
  std::string path;         // "" or "/prefix"
  bool has_scheme = false;  // "http://..." was written out

  // "http://127.0.0.1:11434": where a client connects. Addresses that mean "all" become loopback.
  [[nodiscard]] std::string url() const;
};

// Without a port: 11434 without a scheme, else the scheme's own. Fails with kInvalidArgument, naming the
// value.
[[nodiscard]] Result<ServerAddress> parse_server_address(std::string_view text);

// The environment variable OLLAMA_HOST; "" when unset.
[[nodiscard]] std::string_view ollama_host();

}  // namespace samovar::app
