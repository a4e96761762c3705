#include "chat/route.h"

#include <cstdint>

namespace samovar::chat {

std::string make_route_cookie(std::string_view owner) {
  constexpr auto kSeconds = "34560000";  // 400 days: browsers allow no more
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr int kKeptBits = 32;           // enough to spread, too few to find the owner again
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : owner) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::string route;
  for (int bit = 0; bit < kKeptBits; bit += 4) route += kHex[(hash >> (kKeptBits + bit)) & 0xFU];
  return "samovar_route=" + route + "; Path=/; Max-Age=" + kSeconds + "; HttpOnly; SameSite=Lax";
}

}  // namespace samovar::chat
