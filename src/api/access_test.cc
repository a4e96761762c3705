#include "api/access.h"

#include <gtest/gtest.h>

#include <vector>

namespace samovar::api {
namespace {

TEST(Access, AllowsPagesOfThisMachineAndApps) {
  for (const char* origin :
       {"http://localhost", "https://localhost:8443", "http://127.0.0.1:3000", "http://0.0.0.0:1",
        "app://obsidian.md", "file://x", "tauri://localhost", "vscode-webview://x"}) {
    EXPECT_TRUE(is_allowed_origin(origin, {})) << origin;
  }
  for (const char* origin :
       {"https://evil.example", "null", "chrome-extension://abc", "http://localhost.evil.example",
        "http://127.0.0.1.evil.example", "http://localhostx:1", ""}) {
    EXPECT_FALSE(is_allowed_origin(origin, {})) << origin;
  }
}

TEST(Access, AllowsWhatTheOwnerLists) {
  const std::vector<std::string> more = {"https://chat.example", "chrome-extension://*"};
  EXPECT_TRUE(is_allowed_origin("https://chat.example", more));
  EXPECT_TRUE(is_allowed_origin("chrome-extension://abc", more));
  EXPECT_FALSE(is_allowed_origin("https://chat.example.evil", more));
  EXPECT_TRUE(is_allowed_origin("https://anything", std::vector<std::string>{"*"}));
}

TEST(Access, KnowsLocalHosts) {
  for (const char* host : {"", "localhost", "LOCALHOST:11434", "127.0.0.1", "127.9.9.9:1", "10.0.0.1",
                           "172.16.0.1", "172.31.255.255", "192.168.1.5:11434", "0.0.0.0", "[::1]:11434",
                           "::1", "[fd00::1]", "box.local", "host.docker.internal:1", "a.localhost"}) {
    EXPECT_TRUE(is_local_host(host)) << host;
  }
  for (const char* host : {"evil.example", "8.8.8.8", "172.32.0.1", "11.0.0.1", "192.169.0.1", "local",
                           "[2001:db8::1]", "127.0.0.1.evil.example", "localhost.evil.example"}) {
    EXPECT_FALSE(is_local_host(host)) << host;
  }
}

}  // namespace
}  // namespace samovar::api
