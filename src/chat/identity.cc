#include "chat/identity.h"

#include <algorithm>
#include <random>

#include "http/request_parts.h"

namespace samovar::chat {
namespace {

constexpr std::string_view kCookieName = "samovar_owner";
constexpr size_t kOwnerLength = 32;
constexpr auto kCookieSeconds = "34560000";  // 400 days: browsers allow no more

bool is_owner(std::string_view text) {
  return text.size() == kOwnerLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string owner_of(const http::Request& request) {
  return request.user.empty() ? owner_in_cookie(request) : request.user;
}

std::string owner_in_cookie(const http::Request& request) {
  const auto values = http::cookie_values(request, kCookieName);
  const auto owner = std::find_if(values.begin(), values.end(), is_owner);
  return owner == values.end() ? "" : std::string(*owner);
}

std::string make_owner_cookie(const std::string& owner) {
  return std::string(kCookieName) + "=" + owner + "; Path=/; Max-Age=" + kCookieSeconds +
         "; HttpOnly; SameSite=Strict";
}

std::string make_owner_cookie_end() {
  return std::string(kCookieName) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict";
}

std::string make_random_id(size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device source;
  std::string id;
  while (id.size() < bytes * 2) {
    unsigned int value = source();
    for (int i = 0; i < 8 && id.size() < bytes * 2; ++i, value >>= 4U) id += kDigits[value & 0xFU];
  }
  return id;
}

}  // namespace samovar::chat
