#include "http/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>

#include "http/scripted_server.h"

namespace samovar::http {
namespace {

using namespace std::chrono_literals;

class Recorder : public ClientListener {
 public:
  void on_head(int status, const Headers& headers) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    headers_ = headers;
  }
  bool on_body(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    body_ += bytes;
    ++n_pieces_;
    changed_.notify_all();
    return !refuse_body_;
  }
  void on_end(Result<void> result) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(end_) << "on_end came twice";
    end_ = result;
    changed_.notify_all();
  }
  const Result<void>& wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 20s, [&] { return end_.has_value(); })) std::abort();
    return *end_;
  }
  void wait_for_body(const std::string& text) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 20s, [&] { return body_.find(text) != std::string::npos; }));
  }

  int status_ = 0;
  Headers headers_;
  std::string body_;
  int n_pieces_ = 0;
  bool refuse_body_ = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<void>> end_;
};

struct Scripted {
  Result<void> end;
  std::shared_ptr<Recorder> recorder;
};

Scripted exchange(Client& client, ClientRequest request) {
  auto recorder = std::make_shared<Recorder>();
  const auto call = client.start(std::move(request), recorder);
  return {recorder->wait(), recorder};
}

TEST(Client, GetsAnAnswer) {
  const ScriptedServer server([](const ScriptedServer::Peer& peer) {
    EXPECT_TRUE(peer.request().starts_with("GET /api/tags?x=1 HTTP/1.1\r\n")) << peer.request();
    EXPECT_NE(peer.request().find("X-Tea: black\r\n"), std::string::npos);
    peer.answer(404, "{\"error\":\"no\"}");
  });
  Client client;
  const Scripted done =
      exchange(client, {.url = server.origin() + "/api/tags?x=1", .headers = {{"X-Tea", "black"}}});
  ASSERT_TRUE(done.end) << done.end.error().message;
  EXPECT_EQ(done.recorder->status_, 404);
  EXPECT_EQ(done.recorder->body_, "{\"error\":\"no\"}");
  const Headers& headers = done.recorder->headers_;
  EXPECT_NE(std::find(headers.begin(), headers.end(),
                      std::pair<std::string, std::string>("Content-Type", "application/json")),
            headers.end());
}

TEST(Client, PostsABodyOfAnySize) {
  const std::string body(3'000'000, 'x');
  std::promise<std::string> received;
  const ScriptedServer server([&](const ScriptedServer::Peer& peer) {
    received.set_value(peer.request());
    peer.answer(200, "");
  });
  Client client;
  const Scripted done = exchange(client, {.method = "POST", .url = server.origin() + "/", .body = body});
  ASSERT_TRUE(done.end) << done.end.error().message;
  const std::string request = received.get_future().get();
  EXPECT_TRUE(request.ends_with("\r\n\r\n" + body));
  EXPECT_EQ(request.find("Expect:"), std::string::npos);
}

TEST(Client, AnEmptyPostHasALength) {
  std::promise<std::string> received;
  const ScriptedServer server([&](const ScriptedServer::Peer& peer) {
    received.set_value(peer.request());
    peer.answer(204, "");
  });
  Client client;
  EXPECT_TRUE(exchange(client, {.method = "POST", .url = server.origin() + "/stop"}).end);
  const std::string request = received.get_future().get();
  EXPECT_TRUE(request.starts_with("POST /stop ")) << request;
  EXPECT_NE(request.find("Content-Length: 0"), std::string::npos) << request;
}

TEST(Client, StreamsPiecesAsTheyCome) {
  std::promise<void> go_on;
  std::shared_future<void> allowed = go_on.get_future().share();
  const ScriptedServer server([allowed](const ScriptedServer::Peer& peer) {
    peer.send_head(200);
    peer.send_chunk("one");
    allowed.wait();
    peer.send_chunk("two");
    peer.send_end();
  });
  Client client;
  auto recorder = std::make_shared<Recorder>();
  const auto call = client.start({.url = server.origin() + "/"}, recorder);
  recorder->wait_for_body("one");
  go_on.set_value();
  EXPECT_TRUE(recorder->wait());
  EXPECT_EQ(recorder->body_, "onetwo");
  EXPECT_EQ(recorder->n_pieces_, 2);
}

TEST(Client, ARefusedConnectionIsNamed) {
  uint16_t port = 0;
  {
    port = ScriptedServer([](const ScriptedServer::Peer&) {}).port();
  }
  Client client;
  const Scripted done =
      exchange(client, {.url = "http://user:secret@127.0.0.1:" + std::to_string(port) + "/api/chat"});
  ASSERT_FALSE(done.end);
  EXPECT_EQ(done.end.error().code, Code::kUnavailable);
  EXPECT_EQ(done.end.error().message, "http://127.0.0.1:" + std::to_string(port) + " refused the connection");
}

TEST(Client, BadAddressesAreRefused) {
  Client client;
  for (const char* url : {"ftp://x/", "file:///etc/passwd", "http://", "http://[::1"}) {
    const Scripted done = exchange(client, {.url = url});
    ASSERT_FALSE(done.end) << url;
    EXPECT_EQ(done.end.error().code, Code::kInvalidArgument) << url << ": " << done.end.error().message;
    EXPECT_NE(done.end.error().message.find(url), std::string::npos) << done.end.error().message;
  }
}

TEST(Client, TheDeadlineEndsASilentServer) {
  const ScriptedServer server([](const ScriptedServer::Peer& peer) { peer.wait_closed(); });
  Client client;
  const Scripted done = exchange(client, {.url = server.origin() + "/", .deadline_ms = 80});
  ASSERT_FALSE(done.end);
  EXPECT_EQ(done.end.error().code, Code::kTimeout);
  EXPECT_EQ(done.end.error().message, server.origin() + " did not answer within 80 ms");
}

TEST(Client, TheDeadlineEndsAnEndlessAnswer) {
  const ScriptedServer server([](const ScriptedServer::Peer& peer) {
    peer.send_head(200);
    peer.send_chunk("some");
    peer.wait_closed();
  });
  Client client;
  const Scripted done = exchange(client, {.url = server.origin() + "/", .deadline_ms = 150});
  ASSERT_FALSE(done.end);
  EXPECT_EQ(done.end.error().message, server.origin() + " did not finish its answer within 150 ms");
  EXPECT_EQ(done.recorder->body_, "some") << "what came is kept";
}

TEST(Client, AnAnswerThatStallsEnds) {
  const ScriptedServer server([](const ScriptedServer::Peer& peer) {
    peer.send_head(200);
    for (int i = 0; i < 4; ++i) {
      peer.send_chunk("tea");
      std::this_thread::sleep_for(60ms);  // slow is not stalled
    }
    peer.wait_closed();
  });
  Client client;
  const Scripted done = exchange(client, {.url = server.origin() + "/", .stall_limit_ms = 200});
  ASSERT_FALSE(done.end);
  EXPECT_EQ(done.end.error().code, Code::kTimeout);
  EXPECT_EQ(done.end.error().message, server.origin() + " stopped in mid-answer: nothing came for 200 ms");
  EXPECT_EQ(done.recorder->body_, "teateateatea");
}

TEST(Client, ACutAnswerIsAnError) {
  for (const bool reset : {false, true}) {
    const ScriptedServer server([reset](const ScriptedServer::Peer& peer) {
      peer.send_head(200);
      peer.send_chunk("half");
      if (reset) peer.reset();
    });
    Client client;
    const Scripted done = exchange(client, {.url = server.origin() + "/"});
    ASSERT_FALSE(done.end);
    EXPECT_EQ(done.end.error().code, Code::kUnavailable);
    if (!reset) {
      EXPECT_EQ(done.end.error().message, "the connection to " + server.origin() + " was lost in mid-answer");
    }
  }
}

TEST(Client, NonsenseIsNotTakenForAnAnswer) {
  Client client;
  {
    const ScriptedServer server(
        [](const ScriptedServer::Peer& peer) { peer.send("hello, who is there?\r\n\r\n"); });
    const Scripted done = exchange(client, {.url = server.origin() + "/"});
    ASSERT_FALSE(done.end);
    EXPECT_EQ(done.end.error().message, server.origin() + " answered with something that is not HTTP");
  }
  const ScriptedServer server([](const ScriptedServer::Peer&) {});
  const Scripted done = exchange(client, {.url = server.origin() + "/"});
  ASSERT_FALSE(done.end);
  EXPECT_EQ(done.end.error().message, server.origin() + " closed the connection without an answer");
}

TEST(Client, CancelEndsTheTransferOnBothSides) {
  std::promise<void> closed;
  const ScriptedServer server([&](const ScriptedServer::Peer& peer) {
    peer.send_head(200);
    peer.send_chunk("first");
    peer.wait_closed();
    closed.set_value();
  });
  Client client;
  auto recorder = std::make_shared<Recorder>();
  const auto call = client.start({.url = server.origin() + "/"}, recorder);
  recorder->wait_for_body("first");
  call->cancel();
  call->cancel();
  const Result<void>& end = recorder->wait();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::kCancelled);
  EXPECT_EQ(closed.get_future().wait_for(10s), std::future_status::ready);
  call->cancel();
}

TEST(Client, AListenerCanRefuseTheRest) {
  const ScriptedServer server([](const ScriptedServer::Peer& peer) {
    peer.send_head(200);
    peer.send_chunk("x");
    peer.wait_closed();
  });
  Client client;
  auto recorder = std::make_shared<Recorder>();
  recorder->refuse_body_ = true;
  const auto call = client.start({.url = server.origin() + "/"}, recorder);
  ASSERT_FALSE(recorder->wait());
  EXPECT_EQ(recorder->wait().error().code, Code::kCancelled);
}

TEST(Client, ManyAtOnceAndDestructionCancelsTheRest) {
  std::atomic<int> served{0};
  const ScriptedServer server([&](const ScriptedServer::Peer& peer) {
    if (peer.request().starts_with("GET /quick")) {
      peer.answer(200, "ok");
      ++served;
    } else {
      peer.wait_closed();
    }
  });
  std::vector<std::shared_ptr<Recorder>> quick;
  std::vector<std::shared_ptr<Recorder>> slow;
  {
    Client client;
    for (int i = 0; i < 20; ++i) {
      quick.push_back(std::make_shared<Recorder>());
      slow.push_back(std::make_shared<Recorder>());
      client.start({.url = server.origin() + "/quick"}, quick.back());
      client.start({.url = server.origin() + "/slow"}, slow.back());
    }
    for (const auto& recorder : quick) EXPECT_TRUE(recorder->wait());
  }
  EXPECT_EQ(served, 20);
  for (const auto& recorder : slow) {
    ASSERT_FALSE(recorder->wait());
    EXPECT_EQ(recorder->wait().error().code, Code::kCancelled);
  }
}

TEST(UrlOrigin, IsTheServersAddressWithoutSecrets) {
  EXPECT_EQ(url_origin("http://10.0.0.5:11434/api/tags"), "http://10.0.0.5:11434");
  EXPECT_EQ(url_origin("https://me:pw@host?q"), "https://host");
  EXPECT_EQ(url_origin("http://[::1]:1"), "http://[::1]:1");
  EXPECT_EQ(url_origin("plain"), "plain");
}

}  // namespace
}  // namespace samovar::http
