// Text that travels through a browser and is read, and believed, by this server only. Any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace samovar::accounts {

class Sealer {
 public:
  // As SessionSigner: one key for each purpose.
  Sealer(std::string_view secret, std::string_view purpose);

  [[nodiscard]] std::string seal(std::string_view text) const;  // letters, digits, '-' and '_'
  // Nothing for what was not sealed here, or was changed.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed) const;

 private:
  std::array<unsigned char, 32> key_{};
};

// base64url without padding, as tokens have it. Nothing for anything else.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

// Everything but letters, digits and "-._~" as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace samovar::accounts
