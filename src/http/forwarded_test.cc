#include "http/forwarded.h"

#include <gtest/gtest.h>

namespace samovar::http {
namespace {

Request from(const std::string& address, Headers headers) {
  Request request;
  request.remote_address = address;
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", "inner:8000");
  return request;
}

TrustedProxies trust(std::string_view list) { return *TrustedProxies::parse(list); }

TEST(Forwarded, KnowsAddressesAndNetworks) {
  const TrustedProxies proxies = trust("127.0.0.1, 10.0.0.0/8 192.168.4.0/23,fd00::/8,::1");
  for (const char* inside : {"127.0.0.1", "10.1.2.3", "192.168.5.9", "fd12::1", "::1", "::ffff:10.0.0.1"})
    EXPECT_TRUE(proxies.contains(inside)) << inside;
  for (const char* outside : {"127.0.0.2", "11.0.0.1", "192.168.6.1", "fe80::1", "", "name"})
    EXPECT_FALSE(proxies.contains(outside)) << outside;
  EXPECT_TRUE(trust("0.0.0.0/0").contains("8.8.8.8"));
  EXPECT_FALSE(trust("0.0.0.0/0").contains("::1"));
}

TEST(Forwarded, NamesThePartThatIsNoAddress) {
  for (const char* bad : {"proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "1.2.3"}) {
    const auto parsed = TrustedProxies::parse(std::string("127.0.0.1, ") + bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().message.find(std::string("'") + bad + "'"), std::string::npos);
  }
}

TEST(Forwarded, BelievesOnlyTrustedProxies) {
  Request request = from(
      "8.8.8.8",
      {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil.example"}});
  look_through(trust("127.0.0.1"), request);
  EXPECT_EQ(request.remote_address, "8.8.8.8");
  EXPECT_FALSE(request.is_secure);
  EXPECT_EQ(request.header("Host"), "inner:8000");
}

TEST(Forwarded, TakesTheLastAddressThatIsNoProxy) {
  Request request = from("127.0.0.1", {{"x-forwarded-for", "6.6.6.6, 1.1.1.1:5678"},
                                       {"X-Forwarded-For", "10.0.0.7"},
                                       {"X-Forwarded-Proto", "HTTPS"},
                                       {"X-Forwarded-Host", "chat.example.org"}});
  look_through(trust("127.0.0.1 10.0.0.0/8"), request);
  EXPECT_EQ(request.remote_address, "1.1.1.1");
  EXPECT_TRUE(request.is_secure);
  EXPECT_EQ(request.header("Host"), "chat.example.org");
}

TEST(Forwarded, KeepsWhatIsNoAddressOut) {
  Request request = from("127.0.0.1", {{"X-Forwarded-For", "1.1.1.1, <script>, 10.0.0.7"}});
  look_through(trust("127.0.0.1 10.0.0.0/8"), request);
  EXPECT_EQ(request.remote_address, "10.0.0.7");
  Request six = from("::1", {{"X-Forwarded-For", "[2001:db8::5]:443"}});
  look_through(trust("::1"), six);
  EXPECT_EQ(six.remote_address, "2001:db8::5");
}

TEST(Forwarded, RemovesAPrefixOnlyAtItsPlace) {
  const auto path_of = [](const std::string& path) {
    Request request;
    request.path = path;
    request.target = path + "?a=1";
    const bool removed = remove_prefix("/chat", request);
    return (removed ? "*" : "") + request.path + " " + request.target;
  };
  EXPECT_EQ(path_of("/chat/ui/config"), "*/ui/config /ui/config?a=1");
  EXPECT_EQ(path_of("/chat"), "*/ /?a=1");
  EXPECT_EQ(path_of("/chat/"), "*/ /?a=1");
  EXPECT_EQ(path_of("/chatter"), "/chatter /chatter?a=1");
  EXPECT_EQ(path_of("/api/chat"), "/api/chat /api/chat?a=1");
}

}  // namespace
}  // namespace samovar::http
