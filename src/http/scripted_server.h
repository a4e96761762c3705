// For tests only: a server on 127.0.0.1 that reads one request a connection and then does exactly what a
// script says with the bare socket, so that broken and cut answers can be made.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace samovar::http {

class ScriptedServer {
 public:
  class Peer {
   public:
    Peer(int fd, std::string request) : fd_(fd), request_(std::move(request)) {}
    // The whole request: head and body.
    [[nodiscard]] const std::string& request() const { return request_; }
    void send(std::string_view bytes) const {
      while (!bytes.empty()) {
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<size_t>(n));
      }
    }
    void send_head(int status, std::string_view type = "application/json") const {
      send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string(type) +
           "\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    void send_chunk(std::string_view bytes) const {
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
      send(size + std::string(bytes) + "\r\n");
    }
    void send_end() const { send("0\r\n\r\n"); }
    // A whole answer.
    void answer(int status, std::string_view body, std::string_view type = "application/json") const {
      send("HTTP/1.1 " + std::to_string(status) +
           " X\r\nConnection: close\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }
    // Returns when the client has closed the connection (or the server is being destroyed).
    void wait_closed() const {
      char byte = 0;
      while (::recv(fd_, &byte, 1, 0) > 0) {
      }
    }
    // The client then sees a reset, not an orderly end.
    void reset() const {
      const linger hard{1, 0};
      ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }

   private:
    int fd_;
    std::string request_;
  };

  using Script = std::function<void(const Peer&)>;

  explicit ScriptedServer(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0) std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : connections_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int fd : connections_) ::close(fd);
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all() {
    for (int fd = 0; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      const std::lock_guard lock(mutex_);
      connections_.push_back(fd);
      threads_.emplace_back([this, fd] {
        script_(Peer(fd, read_request(fd)));
        // The end of the answer; the descriptor itself is closed only when nobody uses it any more.
        linger hard{};
        socklen_t size = sizeof hard;
        ::getsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, &size);
        if (hard.l_onoff != 0) {
          const int copy = ::open("/dev/null", 0);
          ::dup2(copy, fd);  // the last reference to the socket goes: a reset is sent
          ::close(copy);
        } else {
          ::shutdown(fd, SHUT_RDWR);
        }
      });
    }
  }

  static std::string read_request(int fd) {
    std::string request;
    char buffer[4096];
    size_t wanted = std::string::npos;
    while (request.size() < wanted) {
      const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      request.append(buffer, static_cast<size_t>(n));
      const size_t head_end = request.find("\r\n\r\n");
      if (wanted != std::string::npos || head_end == std::string::npos) continue;
      const size_t length = request.find("Content-Length: ");
      wanted = head_end + 4;
      if (length < head_end) wanted += std::strtoul(request.c_str() + length + 16, nullptr, 10);
    }
    return request;
  }

  Script script_;
  int listener_;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<int> connections_;      // guarded by mutex_
  std::vector<std::thread> threads_;  // the acceptor's until it is joined
};

}  // namespace samovar::http
