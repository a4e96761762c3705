#include "app/server_address.h"

#include <gtest/gtest.h>

namespace samovar::app {
namespace {

std::string url(std::string_view text) {
  const Result<ServerAddress> address = parse_server_address(text);
  return address ? address->url() : "error: " + address.error().message;
}

TEST(ServerAddress, ReadsWhatOllamaReads) {
  EXPECT_EQ(url(""), "http://127.0.0.1:11434");
  EXPECT_EQ(url("example.org"), "http://example.org:11434");
  EXPECT_EQ(url("example.org:8080"), "http://example.org:8080");
  EXPECT_EQ(url(":8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(url("http://example.org"), "http://example.org:80");
  EXPECT_EQ(url("https://example.org/ollama/"), "https://example.org:443/ollama");
  EXPECT_EQ(url("http://10.0.0.2:11434"), "http://10.0.0.2:11434");
  EXPECT_EQ(url("[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(url("::1"), "http://[::1]:11434");
}

TEST(ServerAddress, ClientsOfAllAddressesConnectToLoopback) {
  EXPECT_EQ(url("0.0.0.0"), "http://127.0.0.1:11434");
  EXPECT_EQ(url("[::]:11435"), "http://[::1]:11435");
}

TEST(ServerAddress, ASchemeMeansAnUpstream) {
  EXPECT_TRUE(parse_server_address("http://localhost:11434")->has_scheme);
  EXPECT_FALSE(parse_server_address("localhost:11434")->has_scheme);
}

TEST(ServerAddress, WrongValuesAreNamed) {
  EXPECT_EQ(url("localhost:99999"),
            "error: OLLAMA_HOST \"localhost:99999\": the port must be a number from 0 to 65535");
  EXPECT_EQ(url("ftp://x"), "error: OLLAMA_HOST \"ftp://x\": only http:// and https:// are known");
  EXPECT_EQ(url("[::1"), "error: OLLAMA_HOST \"[::1\": the bracket is not closed");
  EXPECT_EQ(url("http://"), "error: OLLAMA_HOST \"http://\": the host is missing");
}

}  // namespace
}  // namespace samovar::app
