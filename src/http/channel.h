// A connection's bytes, plain or through TLS, as one asio stream. Plain until begin_tls().
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "http/tls_context.h"

namespace samovar::http {

class Channel {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;

  explicit Channel(Socket socket) : socket_(std::move(socket)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }
  [[nodiscard]] bool is_secure() const { return tls_.has_value(); }

  template <typename Token>
  auto begin_tls(std::shared_ptr<TlsContext> context, Token&& token) {
    context_ = std::move(context);
    tls_.emplace(socket_, context_->ssl);
    return tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Token>(token));
  }
  // Says that no more bytes come, and waits for the other side to say so too. Only after begin_tls().
  template <typename Token>
  auto end_tls(Token&& token) {
    return tls_->async_shutdown(std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  Socket socket_;
  std::shared_ptr<TlsContext> context_;  // outlives the stream
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace samovar::http
