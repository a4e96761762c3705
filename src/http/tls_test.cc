#include "http/tls.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "http/test_certificate.h"

namespace samovar::http {
namespace {

using std::chrono::milliseconds;

class TlsTest : public testing::Test {
 protected:
  TlsTest() : folder_(std::filesystem::path(testing::TempDir()) / ("tls-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    write_certificate(folder_, "tea");
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  Result<std::shared_ptr<Tls>> load(const std::string& certificate, const std::string& key) {
    return Tls::load({folder_ / certificate, folder_ / key}, [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      notices_.push_back(text);
    });
  }
  std::string notices() {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& notice : notices_) all += notice + "\n";
    return all;
  }
  void start(ServerOptions options = {}) {
    router_->add("POST", "/echo", [](const Request& request, const std::shared_ptr<ResponseWriter>& writer) {
      writer->send({.status = 200,
                    .headers = {{"X-Secure", request.is_secure ? "yes" : "no"}},
                    .body = std::to_string(request.body.size())});
    });
    router_->add("GET", "/stream", [](const Request&, std::shared_ptr<ResponseWriter> writer) {
      std::thread([writer = std::move(writer)] {
        writer->start(200, {});
        for (int i = 0; i < 3; ++i) {
          std::this_thread::sleep_for(milliseconds(1));
          writer->write("piece" + std::to_string(i));
        }
        writer->finish();
      }).detach();
    });
    server_ = std::make_unique<TestServer>(router_, options, *load("tea.crt", "tea.key"));
  }
  [[nodiscard]] uint16_t port() const { return server_->port(); }

  const std::filesystem::path folder_;
  const std::shared_ptr<Router> router_ = std::make_shared<Router>();
  std::unique_ptr<TestServer> server_;
  std::mutex mutex_;
  std::vector<std::string> notices_;
};

TEST_F(TlsTest, ServesManyRequestsOnOneConnection) {
  start();
  TlsClient client(port());
  ASSERT_TRUE(client.connected());
  for (int i = 0; i < 50; ++i) {
    client.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour");
    const std::string answer = client.hear_until("\r\n\r\n4");
    EXPECT_NE(answer.find("X-Secure: yes"), std::string::npos) << answer;
    client.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(client.hear_until("0\r\n\r\n").find("piece2"), std::string::npos);
  }
}

TEST_F(TlsTest, KeepsRequestsThatComeDuringAnAnswer) {
  start();
  TlsClient client(port());
  std::string three;
  for (int i = 0; i < 3; ++i) three += "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
  client.say(three);
  for (int i = 0; i < 3; ++i) EXPECT_NE(client.hear_until("0\r\n\r\n").find("piece2"), std::string::npos);
}

TEST_F(TlsTest, TakesALargeBodyAndEndsProperly) {
  start();
  TlsClient client(port());
  client.say("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n");
  for (int i = 0; i < 300; ++i) client.say(std::string(10'000, 'x'));
  EXPECT_NE(client.hear_until("3000000").find("200 OK"), std::string::npos);
  EXPECT_TRUE(client.hears_the_end());
}

TEST_F(TlsTest, TellsOfAClientThatLeaves) {
  std::promise<std::shared_ptr<ResponseWriter>> held;
  router_->add("GET", "/wait", [&](const Request&, std::shared_ptr<ResponseWriter> writer) {
    held.set_value(std::move(writer));
  });
  start();
  TlsClient client(port());
  client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto writer = held.get_future().get();
  std::promise<void> gone;
  writer->on_disconnect([&] { gone.set_value(); });
  client.close_rudely();
  EXPECT_EQ(gone.get_future().wait_for(milliseconds(2'000)), std::future_status::ready);
}

TEST_F(TlsTest, SendsPlainRequestsToHttps) {
  start();
  TestClient client(port());
  client.say("GET /hello?a=1 HTTP/1.1\r\nHost: chat.example.org:8443\r\n\r\n");
  const std::string answer = client.hear_to_the_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 308 ")) << answer;
  EXPECT_NE(answer.find("Location: https://chat.example.org:8443/hello?a=1\r\n"), std::string::npos)
      << answer;
}

TEST_F(TlsTest, EndsIdleAndSilentConnections) {
  start({.idle_timeout_ms = 100, .read_timeout_ms = 100});
  TestClient silent(port());
  EXPECT_EQ(silent.hear_to_the_end(), "");
  TestClient half(port());
  half.say(std::string_view("\x16\x03\x01", 3));
  EXPECT_EQ(half.hear_to_the_end(), "");
  TlsClient idle(port());
  ASSERT_TRUE(idle.connected());
  EXPECT_TRUE(idle.hears_the_end());
}

TEST_F(TlsTest, RefusesOldProtocols) {
  start();
  EXPECT_FALSE(TlsClient(port(), TLS1_1_VERSION).connected());
  EXPECT_TRUE(TlsClient(port(), TLS1_2_VERSION).connected());
}

TEST_F(TlsTest, StopsWhileConnectionsAreOpen) {
  start();
  TlsClient client(port());
  client.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  client.hear_until("0\r\n\r\n");
  const auto begin = std::chrono::steady_clock::now();
  server_->stop(5'000);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2'500));
}

TEST_F(TlsTest, TakesARenewedCertificateWithoutARestart) {
  start();
  EXPECT_EQ(TlsClient(port()).peer_name(), "tea");
  std::ofstream(folder_ / "tea.crt") << "half written";
  std::this_thread::sleep_for(milliseconds(1'050));
  EXPECT_EQ(TlsClient(port()).peer_name(), "tea");
  EXPECT_NE(notices().find("the earlier certificate stays in use"), std::string::npos) << notices();
  write_certificate(folder_, "coffee");
  std::filesystem::rename(folder_ / "coffee.key", folder_ / "tea.key");
  std::filesystem::rename(folder_ / "coffee.crt", folder_ / "tea.crt");
  std::this_thread::sleep_for(milliseconds(1'050));
  EXPECT_EQ(TlsClient(port()).peer_name(), "coffee");
  EXPECT_NE(notices().find("a new certificate from"), std::string::npos) << notices();
}

TEST_F(TlsTest, SaysWhatIsWrongWithTheFiles) {
  write_certificate(folder_, "other");
  std::ofstream(folder_ / "text.crt") << "hello";
  const auto message = [&](const std::string& certificate, const std::string& key) {
    const auto loaded = load(certificate, key);
    return loaded ? std::string("fine") : loaded.error().message;
  };
  EXPECT_EQ(message("tea.crt", "tea.key"), "fine");
  EXPECT_NE(message("none.crt", "tea.key").find("none.crt: no certificate in PEM"), std::string::npos);
  EXPECT_NE(message("text.crt", "tea.key").find("text.crt: no certificate in PEM"), std::string::npos);
  EXPECT_NE(message("tea.crt", "none.key").find("none.key: no private key"), std::string::npos);
  EXPECT_NE(message("tea.crt", "text.crt").find("text.crt: no private key"), std::string::npos);
  EXPECT_NE(message("tea.crt", "other.key").find("does not belong to the certificate in"), std::string::npos)
      << message("tea.crt", "other.key");
  EXPECT_EQ(notices(), "");
}

TEST_F(TlsTest, WarnsOfCertificatesThatEnd) {
  write_certificate(folder_, "old", -3600);
  write_certificate(folder_, "soon", 3L * 24 * 3600);
  EXPECT_TRUE(load("old.crt", "old.key"));
  EXPECT_NE(notices().find("old.crt ended on "), std::string::npos) << notices();
  EXPECT_TRUE(load("soon.crt", "soon.key"));
  EXPECT_NE(notices().find("soon.crt ends on "), std::string::npos) << notices();
}

}  // namespace
}  // namespace samovar::http
