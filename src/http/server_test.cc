#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/test_client.h"

namespace samovar::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kGet = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

std::shared_ptr<Router> make_router() {
  auto router = std::make_shared<Router>();
  router->add("GET", "/hello", [](const Request& request, const std::shared_ptr<ResponseWriter>& writer) {
    writer->send({.status = 200,
                  .headers = {{"Content-Type", "text/plain"},
                              {"X-Seen", request.query + "|" + request.remote_address}},
                  .body = "hello"});
  });
  router->add("POST", "/echo", [](const Request& request, const std::shared_ptr<ResponseWriter>& writer) {
    writer->send({.status = 200, .headers = {}, .body = request.body});
  });
  return router;
}

// A handler that hands its writer to the test.
struct Held {
  std::promise<std::shared_ptr<ResponseWriter>> promise;
  std::shared_ptr<ResponseWriter> get() { return promise.get_future().get(); }
};

std::shared_ptr<Held> hold(Router& router, const std::string& path) {
  auto held = std::make_shared<Held>();
  router.add("GET", path, [held](const Request&, std::shared_ptr<ResponseWriter> writer) {
    held->promise.set_value(std::move(writer));
  });
  return held;
}

TEST(Server, KeepsAConnectionAliveForSeveralRequests) {
  TestServer server(make_router());
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.say("GET /hello?a=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.hear_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("X-Seen: a=" + std::to_string(i) + "|127.0.0.1\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server(make_router());
  TestClient client(server.port());
  client.say(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n2");
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\n1"));
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\n2"));
}

TEST(Server, KeepsARequestThatComesDuringAnAnswer) {
  auto router = make_router();
  auto held = hold(*router, "/wait");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  client.say(kGet);
  writer->send({.status = 200, .headers = {}, .body = "late"});
  EXPECT_TRUE(client.hear_answer().ends_with("late"));
  EXPECT_TRUE(client.hear_answer().ends_with("hello"));
}

TEST(Server, ClosesWhenAskedTo) {
  TestServer server(make_router());
  TestClient client(server.port());
  client.say("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.hear_to_the_end();
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("hello"));
}

TEST(Server, ReadsChunkedBodiesAndExpectContinue) {
  TestServer server(make_router());
  TestClient client(server.port());
  client.say(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\nabcde"));
  client.say("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.hear_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("ok");
  EXPECT_TRUE(client.hear_answer().ends_with("\r\n\r\nok"));
}

TEST(Server, HeadHasTheHeadersOfGetAndNoBody) {
  TestServer server(make_router());
  TestClient client(server.port());
  client.say("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.hear_to_the_end();
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(Server, StreamsEveryPieceAsAChunkAtOnce) {
  auto router = make_router();
  auto held = hold(*router, "/stream");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  writer->start(200, {{"Content-Type", "application/x-ndjson"}});
  EXPECT_NE(client.hear_until("\r\n\r\n").find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_TRUE(writer->write("one\n"));
  EXPECT_EQ(client.hear_until("one\n\r\n"), "4\r\none\n\r\n");
  EXPECT_TRUE(writer->write(std::string(20, 'x')));
  writer->finish();
  EXPECT_EQ(client.hear_until("0\r\n\r\n"), "14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n");
  client.say(kGet);  // the connection is still usable
  EXPECT_TRUE(client.hear_answer().ends_with("hello"));
}

TEST(Server, StreamsToHttp10WithoutChunks) {
  auto router = make_router();
  auto held = hold(*router, "/stream");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /stream HTTP/1.0\r\n\r\n");
  const auto writer = held->get();
  writer->start(200, {});
  writer->write("one");
  writer->write("two");
  writer->finish();
  const std::string answer = client.hear_to_the_end();
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nonetwo"));
}

TEST(Server, TellsOfADisconnectWhileWaiting) {
  auto router = make_router();
  auto held = hold(*router, "/wait");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  std::promise<void> gone;
  writer->on_disconnect([&] { gone.set_value(); });
  client.close();
  EXPECT_EQ(gone.get_future().wait_for(milliseconds(500)), std::future_status::ready);
  bool at_once = false;
  writer->on_disconnect([&] { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST(Server, TellsOfADisconnectDuringAStream) {
  auto router = make_router();
  auto held = hold(*router, "/stream");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  std::promise<void> gone;
  writer->on_disconnect([&] { gone.set_value(); });
  writer->start(200, {});
  writer->write("one");
  client.hear_until("one");
  client.close();
  EXPECT_EQ(gone.get_future().wait_for(milliseconds(500)), std::future_status::ready);
  EXPECT_FALSE(writer->write("two"));
}

TEST(Server, StillAnswersAClientThatClosedItsSendingHalf) {
  auto router = make_router();
  auto held = hold(*router, "/wait");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  client.close_sending_half();
  const auto writer = held->get();
  std::promise<void> gone;
  writer->on_disconnect([&] { gone.set_value(); });
  EXPECT_EQ(gone.get_future().wait_for(milliseconds(1000)), std::future_status::ready);
  writer->send({.status = 499, .headers = {}, .body = "cancelled"});
  EXPECT_TRUE(client.hear_to_the_end().ends_with("cancelled"));
}

TEST(Server, DropsAReaderThatDoesNotRead) {
  auto router = make_router();
  auto held = hold(*router, "/stream");
  ServerOptions options;
  options.max_queued_bytes = 256U << 10U;
  TestServer server(router, options);
  TestClient client(server.port(), 4096);
  client.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  std::promise<void> gone;
  writer->on_disconnect([&] { gone.set_value(); });
  writer->start(200, {});
  const std::string piece(64U << 10U, 'x');
  int pieces = 0;
  while (pieces < 10'000 && writer->write(piece)) ++pieces;
  EXPECT_LT(pieces, 1'000);
  EXPECT_EQ(gone.get_future().wait_for(milliseconds(2000)), std::future_status::ready);
}

TEST(Server, RefusesBodiesAndHeadersOverTheLimit) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  options.max_header_bytes = 2000;
  TestServer server(make_router(), options);
  TestClient long_body(server.port());
  long_body.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_TRUE(long_body.hear_to_the_end().starts_with("HTTP/1.1 413 "));
  TestClient chunked(server.port());
  chunked.say("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
              std::string(2048, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.hear_to_the_end().starts_with("HTTP/1.1 413 "));
  TestClient exact(server.port());
  exact.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_TRUE(exact.hear_answer().starts_with("HTTP/1.1 200 "));
  TestClient long_header(server.port());
  long_header.say("GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(long_header.hear_to_the_end().starts_with("HTTP/1.1 431 "));
}

TEST(Server, RefusesGarbageWith400) {
  TestServer server(make_router());
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02garbage\r\n\r\n"), std::string("GET\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\n\r\n"),
        std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                    "Transfer-Encoding: chunked\r\n\r\nabc")}) {
    TestClient client(server.port());
    client.say(garbage);
    EXPECT_TRUE(client.hear_to_the_end().starts_with("HTTP/1.1 400 ")) << garbage;
  }
}

TEST(Server, TimesOutHalfARequestAndIdleConnections) {
  ServerOptions options;
  options.read_timeout_ms = 60;
  options.idle_timeout_ms = 120;
  TestServer server(make_router(), options);
  TestClient half_head(server.port());
  half_head.say("GET /hello HTT");
  EXPECT_TRUE(half_head.hear_to_the_end().starts_with("HTTP/1.1 408 "));
  TestClient half_body(server.port());
  half_body.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(half_body.hear_to_the_end().starts_with("HTTP/1.1 408 "));
  TestClient idle(server.port());
  const auto start = steady_clock::now();
  EXPECT_EQ(idle.hear_to_the_end(), "");
  EXPECT_LT(steady_clock::now() - start, milliseconds(3000));
}

TEST(Server, SurvivesClientsThatLeaveInTheMiddleOfARequest) {
  TestServer server(make_router());
  for (const char* part : {"", "G", "GET /hello HTTP/1.1\r\nHo",
                           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"}) {
    TestClient client(server.port());
    client.say(part);
  }
  TestClient client(server.port());
  client.say(kGet);
  EXPECT_TRUE(client.hear_answer().ends_with("hello"));
}

TEST(Server, KeepsAThousandIdleConnections) {
  TestServer server(make_router());
  std::vector<TestClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.emplace_back(server.port());
    ASSERT_TRUE(clients.back().connected()) << i;
  }
  for (const size_t i : {0U, 500U, 999U}) {
    clients[i].say(kGet);
    EXPECT_TRUE(clients[i].hear_answer().ends_with("hello")) << i;
  }
}

TEST(Server, RefusesConnectionsOverTheLimit) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(make_router(), options);
  TestClient a(server.port());
  TestClient b(server.port());
  for (TestClient* client : {&a, &b}) {
    client->say(kGet);
    EXPECT_TRUE(client->hear_answer().ends_with("hello"));
  }
  TestClient third(server.port());
  EXPECT_TRUE(third.hear_to_the_end().starts_with("HTTP/1.1 503 "));
}

TEST(Server, AnswersForAHandlerThatThrowsOrForgets) {
  auto router = make_router();
  router->add("GET", "/throw", [](const Request&, const std::shared_ptr<ResponseWriter>&) { throw 7; });
  router->add("GET", "/forget", [](const Request&, const std::shared_ptr<ResponseWriter>&) {});
  router->add("GET", "/cut", [](const Request&, const std::shared_ptr<ResponseWriter>& writer) {
    writer->start(200, {});
    writer->write("part");
  });
  TestServer server(router);
  TestClient client(server.port());
  for (const std::string path : {"/throw", "/forget"}) {
    client.say("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.hear_answer().starts_with("HTTP/1.1 500 ")) << path;
  }
  client.say("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.hear_to_the_end().find("0\r\n\r\n"), std::string::npos);
}

TEST(Server, NamesThePortAndItsOwner) {
  TestServer server(make_router());
  Server second{ServerOptions{}};
  const auto taken = second.listen("127.0.0.1", server.port(), make_router());
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, Code::kConflict);
  EXPECT_EQ(taken.error().message, "cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
                                       ": the port is in use by process " + std::to_string(getpid()) +
                                       " (http_test)");
  EXPECT_EQ(second.listen("no.such.host.invalid", 0, make_router()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(second.listen("203.0.113.7", 0, make_router()).error().code, Code::kInvalidArgument);
}

TEST(Server, ServesSeveralAddressesWithTheirOwnRouters) {
  auto other = std::make_shared<Router>();
  other->add("GET", "/hello", [](const Request&, const std::shared_ptr<ResponseWriter>& writer) {
    writer->send({.status = 200, .headers = {}, .body = "other"});
  });
  Server server{ServerOptions{}};
  const uint16_t first = *server.listen("127.0.0.1", 0, make_router());
  const uint16_t second = *server.listen("localhost", 0, other);
  std::thread thread([&] { server.run(); });
  for (const auto& [port, text] : {std::pair(first, "hello"), std::pair(second, "other")}) {
    TestClient client(port);
    client.say(kGet);
    EXPECT_TRUE(client.hear_answer().ends_with(text));
  }
  server.stop(0);
  thread.join();
}

TEST(Server, StopLetsAnAnswerFinishWithinItsGrace) {
  auto router = make_router();
  auto held = hold(*router, "/wait");
  TestServer server(router);
  TestClient idle(server.port());
  TestClient client(server.port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  server.server().stop(5'000);
  EXPECT_EQ(idle.hear_to_the_end(), "");
  writer->send({.status = 200, .headers = {}, .body = "done"});
  const auto start = steady_clock::now();
  EXPECT_TRUE(client.hear_to_the_end().ends_with("done"));
  server.stop(5'000);
  EXPECT_LT(steady_clock::now() - start, milliseconds(2'000));
}

TEST(Server, StopCutsAnAnswerAfterItsGrace) {
  auto router = make_router();
  auto held = hold(*router, "/wait");
  TestServer server(router);
  TestClient client(server.port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held->get();
  std::atomic<bool> gone = false;
  writer->on_disconnect([&] { gone = true; });
  server.stop(20);
  EXPECT_TRUE(gone);
  EXPECT_EQ(client.hear_to_the_end(), "");
  writer->send({.status = 200, .headers = {}, .body = "too late"});  // harmless
}

TEST(Server, PostRunsTasksOnItsThread) {
  TestServer server(make_router());
  std::promise<std::thread::id> now;
  std::promise<std::thread::id> later;
  server.server().post([&] { now.set_value(std::this_thread::get_id()); });
  server.server().post([&] { later.set_value(std::this_thread::get_id()); }, 10);
  EXPECT_EQ(now.get_future().get(), later.get_future().get());
}

TEST(Server, CanBeDroppedWithoutEverRunning) {
  Server server{ServerOptions{}};
  EXPECT_TRUE(server.listen("127.0.0.1", 0, make_router()).ok());
  server.post([] {}, 50);
}

TEST(Server, ManyWritersOnManyThreadsKeepTheirStreamsApart) {
  auto router = std::make_shared<Router>();
  std::mutex mutex;
  std::vector<std::thread> threads;
  router->add("GET", "/s/{n}", [&](const Request& request, std::shared_ptr<ResponseWriter> writer) {
    const std::string n = Router::part("/s/{n}", request.path, "n");
    const std::lock_guard lock(mutex);
    threads.emplace_back([n, writer] {
      writer->start(200, {});
      for (int i = 0; i < 200; ++i) writer->write(n);
      writer->finish();
    });
  });
  TestServer server(router);
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(server.port());
    clients.back().say("GET /s/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].hear_until("\r\n\r\n");
    std::string expected;
    for (int k = 0; k < 200; ++k) expected += "1\r\n" + std::to_string(i) + "\r\n";
    EXPECT_EQ(clients[i].hear_until("0\r\n\r\n"), expected + "0\r\n\r\n");
  }
  const std::lock_guard lock(mutex);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace samovar::http
