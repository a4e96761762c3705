#include "http/body_pipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "http/test_client.h"

namespace samovar::http {
namespace {

// A route that counts what is uploaded on a thread of its own.
class Uploads : public ::testing::Test {
 protected:
  Uploads() {
    router_->add_upload("POST", "/up",
                        [this](const Request& request, std::shared_ptr<ResponseWriter> writer) {
                          threads_.emplace_back([this, pipe = request.upload, writer = std::move(writer)] {
                            size_t total = 0;
                            Result<std::string> piece = pipe->read();
                            for (; piece && !piece->empty(); piece = pipe->read()) {
                              total += piece->size();
                              largest_ = std::max(largest_, piece->size());
                              if (slow_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                            }
                            if (!piece) failure_.set_value(piece.error().message);
                            writer->send({.status = 200, .headers = {}, .body = std::to_string(total)});
                          });
                        });
    router_->add("GET", "/hello", [](const Request&, const std::shared_ptr<ResponseWriter>& writer) {
      writer->send({.status = 200, .headers = {}, .body = "hello"});
    });
    router_->add_upload("POST", "/refuse", [](const Request&, const std::shared_ptr<ResponseWriter>& writer) {
      writer->send({.status = 400, .headers = {}, .body = "no"});
    });
  }
  ~Uploads() override {
    for (std::thread& thread : threads_) thread.join();
  }

  std::vector<std::thread> threads_;
  std::promise<std::string> failure_;
  size_t largest_ = 0;
  bool slow_ = false;
  std::shared_ptr<Router> router_ = std::make_shared<Router>();
};

TEST_F(Uploads, ABodyOverTheLimitPassesThroughInSmallPieces) {
  slow_ = true;
  TestServer server(router_, {.max_body_bytes = 1000});
  TestClient client(server.port());
  const size_t bytes = size_t{20} << 20U;
  client.say("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n");
  client.say(std::string(bytes, 'a'));
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\n" + std::to_string(bytes)));
  client.say("POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nchunky\r\n0\r\n\r\n");
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\n6"));
  client.say("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.hear_answer().ends_with("hello"));
  EXPECT_LE(largest_, size_t{64} << 10U);
}

TEST_F(Uploads, AnEmptyBodyEndsAtOnce) {
  TestServer server(router_);
  TestClient client(server.port());
  client.say("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\n0"));
}

TEST_F(Uploads, AnAnswerBeforeTheEndClosesTheConnection) {
  TestServer server(router_);
  TestClient client(server.port());
  client.say("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc");
  const std::string answer = client.hear_to_the_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
}

TEST_F(Uploads, AClientThatLeavesInMidBodyEndsTheReader) {
  TestServer server(router_);
  {
    TestClient client(server.port());
    client.say("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  }
  EXPECT_EQ(failure_.get_future().get(), "the client went away before its whole body had come");
}

}  // namespace
}  // namespace samovar::http
