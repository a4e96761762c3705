#include "http/router.h"

#include <gtest/gtest.h>

#include <string>

#include "http/exchange.h"
#include "http/text.h"

namespace samovar::http {
namespace {

Response ask(const Router& router, const std::string& method, const std::string& path) {
  auto exchange = std::make_shared<Exchange>([] {}, 1U << 20U);
  Request request;
  request.method = method;
  set_target(request, path);
  router.handle(request, Exchange::make_writer(exchange));
  auto taken = exchange->take();
  return taken.whole.value_or(Response{});
}

Handler say(const std::string& text) {
  return [text](const Request&, const std::shared_ptr<ResponseWriter>& writer) {
    writer->send({.status = 200, .headers = {}, .body = text});
  };
}

TEST(Router, FindsTheMostSpecificRoute) {
  Router router;
  router.add("GET", "/*", say("rest"));
  router.add("GET", "/a/{id}", say("named"));
  router.add("GET", "/a/b", say("exact"));
  router.add("GET", "/", say("root"));
  EXPECT_EQ(ask(router, "GET", "/a/b").body, "exact");
  EXPECT_EQ(ask(router, "GET", "/a/c?x=/y").body, "named");
  EXPECT_EQ(ask(router, "GET", "/a/c/d").body, "rest");
  EXPECT_EQ(ask(router, "GET", "/").body, "root");
  EXPECT_EQ(ask(router, "HEAD", "/a/b").body, "exact");
}

TEST(Router, AnswersUnknownPathsAndMethodsAsOllamaDoes) {
  Router router;
  router.add("GET", "/a", say("x"));
  router.add("POST", "/b", say("x"));
  const Response missing = ask(router, "GET", "/nope");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "404 page not found");
  EXPECT_EQ(missing.headers, (Headers{{"Content-Type", "text/plain"}}));
  const Response wrong = ask(router, "PUT", "/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.body, "405 method not allowed");
  EXPECT_EQ(wrong.headers, (Headers{{"Allow", "HEAD, GET"}, {"Content-Type", "text/plain"}}));
  EXPECT_EQ(ask(router, "GET", "/b").headers.at(0).second, "POST");
  EXPECT_EQ(ask(router, "GET", "/A").status, 404);
  EXPECT_EQ(ask(router, "GET", "/a/").status, 404);
}

TEST(Router, RunsFiltersOutermostFirstAroundEverything) {
  Router router;
  router.add("GET", "/a", say("x"));
  std::string trace;
  for (const std::string name : {"1", "2"}) {
    router.add_filter(
        [name, &trace](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
          trace += name;
          next(request, std::move(writer));
        });
  }
  EXPECT_EQ(ask(router, "GET", "/a").status, 200);
  EXPECT_EQ(ask(router, "GET", "/nope").status, 404);
  EXPECT_EQ(trace, "1212");
}

TEST(Router, GivesNamedParts) {
  EXPECT_EQ(Router::part("/ui/chats/{id}/messages", "/ui/chats/7/messages", "id"), "7");
  EXPECT_EQ(Router::part("/ui/chats/{id}/messages", "/ui/chats/7/messages", "no"), "");
  EXPECT_FALSE(Router().knows("/a"));
}

TEST(Text, DecodesTargets) {
  Request request;
  set_target(request, "/a%20b/%zz%4?q=%20");
  EXPECT_EQ(request.path, "/a b/%zz%4");
  EXPECT_EQ(request.query, "q=%20");
  set_target(request, "http://host:1/x/y?z");
  EXPECT_EQ(request.path, "/x/y");
  EXPECT_EQ(request.query, "z");
  set_target(request, "http://host");
  EXPECT_EQ(request.path, "/");
}

TEST(Text, FormatsDatesAndHeads) {
  EXPECT_EQ(format_http_date(1795359215), "Sun, 22 Nov 2026 14:53:35 GMT");
  const std::string head = format_head({.status = 404,
                                        .headers = {{"X-A", "b\r\nX-Evil: 1"}, {"Content-Length", "9"}},
                                        .framing = Framing::kLength,
                                        .body_bytes = 3,
                                        .keep_alive = true,
                                        .now = 0});
  EXPECT_EQ(head,
            "HTTP/1.1 404 Not Found\r\nX-A: bX-Evil: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "Content-Length: 3\r\n\r\n");
}

}  // namespace
}  // namespace samovar::http
