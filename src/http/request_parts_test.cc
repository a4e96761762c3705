#include "http/request_parts.h"

#include <gtest/gtest.h>

namespace samovar::http {
namespace {

TEST(RequestParts, QueryIsDecoded) {
  Request request;
  request.query = "a=1&name=two+words%21&a=3&empty=&bare&b%5B=x&&=y";
  EXPECT_EQ(query_value(request, "a"), "1");
  EXPECT_EQ(query_value(request, "name"), "two words!");
  EXPECT_EQ(query_value(request, "empty"), "");
  EXPECT_EQ(query_value(request, "bare"), "");
  EXPECT_EQ(query_value(request, "b["), "x");
  EXPECT_EQ(query_value(request, ""), "y");
  EXPECT_EQ(query_value(request, "missing"), std::nullopt);
}

TEST(RequestParts, CookiesAreFoundAmongOthers) {
  Request request;
  request.headers = {{"Cookie", "a=b; samovar_session_old=x;  samovar_session=1.2.3; c=d; a=e=f"}};
  EXPECT_EQ(cookie_value(request, "samovar_session"), "1.2.3");
  EXPECT_EQ(cookie_value(request, "c"), "d");
  EXPECT_EQ(cookie_value(request, "session"), "");
  EXPECT_EQ(cookie_values(request, "a"), (std::vector<std::string_view>{"b", "e=f"}));
  EXPECT_EQ(cookie_value(Request{}, "a"), "");
}

}  // namespace
}  // namespace samovar::http
