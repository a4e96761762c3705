#include "app/page_routes.h"

#include <gtest/gtest.h>

namespace samovar::app {
namespace {

const PageFile kScript = {.path = "/assets/index-1.js",
                          .content_type = "text/javascript; charset=utf-8",
                          .hash = "0123456789abcdef",
                          .immutable = true,
                          .identity = "plain",
                          .br = "brotli",
                          .gz = "gzipped"};

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

http::Response get(const PageFile& file, http::Headers headers) {
  http::Request request;
  request.method = "GET";
  request.path = std::string(file.path);
  request.headers = std::move(headers);
  return answer_page_file(file, request);
}

TEST(PageRoutes, PrefersBrotliThenGzipThenPlain) {
  EXPECT_EQ(get(kScript, {{"Accept-Encoding", "gzip, deflate, br, zstd"}}).body, "brotli");
  EXPECT_EQ(get(kScript, {{"accept-encoding", "GZIP"}}).body, "gzipped");
  EXPECT_EQ(get(kScript, {{"Accept-Encoding", "br;q=0, gzip;q=0.5"}}).body, "gzipped");
  EXPECT_EQ(get(kScript, {{"Accept-Encoding", "br;q=0.0, identity"}}).body, "plain");
  EXPECT_EQ(get(kScript, {}).body, "plain");
}

TEST(PageRoutes, NamesTheCodingItSends) {
  EXPECT_EQ(header(get(kScript, {{"Accept-Encoding", "br"}}), "Content-Encoding"), "br");
  EXPECT_EQ(header(get(kScript, {{"Accept-Encoding", "gzip"}}), "Content-Encoding"), "gzip");
  EXPECT_EQ(header(get(kScript, {}), "Content-Encoding"), "");
  EXPECT_EQ(header(get(kScript, {}), "Vary"), "Accept-Encoding");
}

TEST(PageRoutes, MissingVariantFallsBack) {
  PageFile plain = kScript;
  plain.br = {};
  EXPECT_EQ(get(plain, {{"Accept-Encoding", "br, gzip"}}).body, "gzipped");
  plain.gz = {};
  EXPECT_EQ(get(plain, {{"Accept-Encoding", "br, gzip"}}).body, "plain");
}

TEST(PageRoutes, HashedFilesAreImmutableAndTheIndexIsChecked) {
  EXPECT_EQ(header(get(kScript, {}), "Cache-Control"), "public, max-age=31536000, immutable");
  PageFile index = kScript;
  index.immutable = false;
  EXPECT_EQ(header(get(index, {}), "Cache-Control"), "no-cache");
}

TEST(PageRoutes, KnownContentIsNotSentAgain) {
  const std::string etag = header(get(kScript, {{"Accept-Encoding", "br"}}), "ETag");
  const http::Response again =
      get(kScript, {{"Accept-Encoding", "br"}, {"If-None-Match", "\"other\", W/" + etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(header(again, "ETag"), etag);
  // Another variant is another representation: its tag differs, so it is sent.
  EXPECT_EQ(get(kScript, {{"Accept-Encoding", "gzip"}, {"If-None-Match", etag}}).status, 200);
}

TEST(PageRoutes, StrictSecurityHeaders) {
  const http::Response response = get(kScript, {});
  const std::string policy = header(response, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_NE(header(response, "Referrer-Policy"), "");
}

class CapturingWriter : public http::ResponseWriter {
 public:
  void send(http::Response response) override { sent = std::move(response); }
  void start(int /*status*/, http::Headers /*headers*/) override {}
  bool write(std::string /*piece*/) override { return true; }
  void finish() override {}
  void on_disconnect(std::function<void()> /*callback*/) override {}
  http::Response sent;
};

TEST(PageRoutes, ProgramWithoutThePageSaysSo) {
  http::Router router;
  const std::vector<PageFile> none;
  add_page_routes(router, none);
  http::Request request;
  request.method = "GET";
  request.path = "/";
  const auto writer = std::make_shared<CapturingWriter>();
  router.handle(request, writer);
  EXPECT_EQ(writer->sent.status, 503);
  EXPECT_NE(writer->sent.body.find("./run"), std::string::npos);
}

TEST(PageRoutes, RootIsTheIndex) {
  http::Router router;
  PageFile index = kScript;
  index.path = "/index.html";
  const std::vector<PageFile> files = {kScript, index};
  add_page_routes(router, files);
  http::Request request;
  request.method = "GET";
  for (const char* path : {"/", "/index.html", "/assets/index-1.js"}) {
    request.path = path;
    const auto writer = std::make_shared<CapturingWriter>();
    router.handle(request, writer);
    EXPECT_EQ(writer->sent.body, "plain") << path;
  }
}

TEST(PageRoutes, PreviewsAreSandboxedAndReachNobody) {
  PageFile frame = kScript;
  frame.path = "/frame/html.html";
  const std::string preview = header(get(frame, {}), "Content-Security-Policy");
  EXPECT_NE(preview.find("sandbox allow-scripts; default-src 'none'"), std::string::npos) << preview;
  EXPECT_EQ(preview.find("http"), std::string::npos) << preview;
  EXPECT_EQ(preview.find("connect-src"), std::string::npos) << preview;
  frame.path = "/frame/image.html";
  const std::string image = header(get(frame, {}), "Content-Security-Policy");
  EXPECT_NE(image.find("img-src https: http:"), std::string::npos) << image;
  EXPECT_EQ(image.find("unsafe"), std::string::npos) << image;
  EXPECT_EQ(header(get(kScript, {}), "Content-Security-Policy").find("unsafe"), std::string::npos);
}

TEST(PageRoutes, ADocumentBelowAPrefixLinksThere) {
  const std::vector<PageFile> files = {
      {.path = "/index.html",
       .content_type = "text/html",
       .hash = "00",
       .identity = R"(<link href="/a.css"><script src="/b.js"></script> "/c")",
       .br = "brotli"}};
  http::Router router;
  add_page_routes(router, files, "/chat");
  struct Writer : http::ResponseWriter {
    void send(http::Response response) override { got = std::move(response); }
    void start(int, http::Headers) override {}
    bool write(std::string) override { return false; }
    void finish() override {}
    void on_disconnect(std::function<void()>) override {}
    http::Response got;
  };
  for (const char* path : {"/", "/share/abc"}) {
    const auto writer = std::make_shared<Writer>();
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.headers = {{"Accept-Encoding", "br"}};
    router.handle(request, writer);
    EXPECT_EQ(writer->got.body, R"(<link href="/chat/a.css"><script src="/chat/b.js"></script> "/c")");
    EXPECT_EQ(header(writer->got, "ETag"), "\"00/chat\"");
  }
}

}  // namespace
}  // namespace samovar::app
