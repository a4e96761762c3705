// For tests only: a blocking TCP client that says exactly the given bytes, and a server on a thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "http/server.h"

namespace samovar::http {

class TestClient {
 public:
  explicit TestClient(uint16_t port, int receive_buffer_bytes = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  TestClient(TestClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        received_(std::move(other.received_)) {}
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() { close(); }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int descriptor() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void close_sending_half() const { ::shutdown(fd_, SHUT_WR); }

  void say(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  // Everything up to and with `end`; what had come when the server closed or 5 s passed without it.
  std::string hear_until(std::string_view end) {
    size_t at = 0;
    while ((at = received_.find(end)) == std::string::npos) {
      if (!receive()) return std::exchange(received_, {});
    }
    std::string out = received_.substr(0, at + end.size());
    received_.erase(0, at + end.size());
    return out;
  }

  std::string hear_to_the_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  // Head and body of an answer with a Content-Length.
  std::string hear_answer() {
    std::string head = hear_until("\r\n\r\n");
    const size_t length = head.find("Content-Length: ");
    if (length == std::string::npos) return head;
    const size_t body = std::stoul(head.substr(length + 16));
    while (received_.size() < body && receive()) {
    }
    head += received_.substr(0, body);
    received_.erase(0, body);
    return head;
  }

 private:
  bool receive() {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (fd_ < 0 || ::poll(&wait, 1, 5'000) != 1) return false;
    std::string part(64U << 10U, '\0');
    const ssize_t n = ::recv(fd_, part.data(), part.size(), 0);
    if (n <= 0) return false;
    received_.append(part, 0, static_cast<size_t>(n));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string received_;
};

class TestServer {
 public:
  explicit TestServer(std::shared_ptr<const Router> router, ServerOptions options = {},
                      std::shared_ptr<Tls> tls = nullptr)
      : server_(options) {
    port_ = *server_.listen("127.0.0.1", 0, std::move(router), std::move(tls));
    thread_ = std::thread([this] { server_.run(); });
  }
  ~TestServer() { stop(0); }

  void stop(int grace_ms) {
    server_.stop(grace_ms);
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] Server& server() { return server_; }

 private:
  Server server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace samovar::http
