// Who listens on a TCP port, as far as /proc lets this user see.
#pragma once

#include <cstdint>
#include <string>

namespace samovar::http {

// "process 1234 (ollama)"; "another process" when it cannot be found or belongs to another user.
[[nodiscard]] std::string find_port_owner(uint16_t port);

}  // namespace samovar::http
