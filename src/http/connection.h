// One client's TCP connection: reads requests with Beast's parser, hands them to the router and writes
// what their exchanges give. All of it runs on the server's single thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>
#include <unordered_set>

#include "http/body_pipe.h"
#include "http/channel.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/server.h"

namespace samovar::http {

class Connection;

// What a server and its connections share. Exchanges kept by handlers may outlive the server; they hold
// this, so that waking a connection that has gone is harmless.
struct Core {
  explicit Core(ServerOptions given) : options(std::move(given)) {}

  const ServerOptions options;
  boost::asio::io_context io{1};
  boost::asio::steady_timer grace{io};  // runs while a stop waits for answers under way
  std::unordered_set<Connection*> connections;
  bool stopping = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(std::shared_ptr<Core> core, Socket socket, std::shared_ptr<const Router> router);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Before serve(): only HTTPS is spoken, plain requests are sent there.
  void demand_tls(std::shared_ptr<TlsContext> context) { tls_ = std::move(context); }

  // The whole life of the connection.
  static void serve(std::shared_ptr<Connection> connection);

  // Waiting for a request, nothing half read: may be closed without loss.
  [[nodiscard]] bool is_idle() const { return idle_; }

  // Ends every operation of this connection now.
  void close();

 private:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;
  enum class Next { kKeepAlive, kClose, kLinger };
  struct Message {  // a request and how its answer is framed
    Request request;
    bool keep_alive = true;
    bool chunked_allowed = true;  // HTTP/1.1
  };
  struct Refusal {   // a request that never reaches the router
    int status = 0;  // 0: close without a word
    std::string body;
    std::string location;  // of a redirect
  };

  Awaitable<void> run();
  Awaitable<bool> shake_hands();
  Awaitable<void> send_to_https();
  Awaitable<void> end_channel();
  Awaitable<bool> wait_for_bytes();
  Awaitable<bool> wait_for_secure_bytes();
  Awaitable<Next> serve_one();
  // Reads the body behind a head that `parser` has read, into message.request.body, and answers.
  template <typename HeadParser>
  Awaitable<Next> serve_whole(HeadParser& parser, Message& message);
  // Hands the request over at once and feeds its body into message.request.upload.
  template <typename HeadParser>
  Awaitable<Next> serve_upload(HeadParser& parser, Message& message);
  template <typename Parser>
  Awaitable<boost::system::error_code> read_body(Parser& parser);
  template <typename Parser>
  Awaitable<boost::system::error_code> feed(Parser& parser, BodyPipe& pipe);
  template <typename Parser>
  Awaitable<bool> go_ahead(const Parser& parser);
  void hand_over(const Message& message);
  Awaitable<Next> answer(const Message& message);
  Awaitable<bool> write_some(const Message& message, Exchange::Taken taken, bool& keep_alive);
  Awaitable<bool> write_all(const std::string& bytes);
  Awaitable<Next> refuse(const Refusal& refusal);
  Awaitable<void> linger();
  Awaitable<void> wait_for_signal();
  Awaitable<void> end_watch();

  void start_watch();
  void peer_gone();
  void signal();
  void arm(int timeout_ms);
  void disarm();
  [[nodiscard]] std::shared_ptr<Exchange> make_exchange();
  [[nodiscard]] Refusal refusal_for(boost::system::error_code error) const;

  std::shared_ptr<Core> core_;
  Channel channel_;
  std::shared_ptr<TlsContext> tls_;  // null: plain HTTP
  std::shared_ptr<const Router> router_;
  std::string remote_address_;
  boost::beast::flat_buffer buffer_;    // bytes received, not yet parsed
  boost::asio::steady_timer signal_;    // cancelled when there is something to do
  boost::asio::steady_timer deadline_;  // cancels the socket's operations
  std::shared_ptr<Exchange> exchange_;  // the answer under way
  uint64_t deadline_round_ = 0;         // tells an old expiry from the current one
  bool watching_ = false;               // a read is under way only to notice that the client leaves
  bool half_closed_ = false;            // the client will send nothing more
  bool idle_ = false;
  bool timed_out_ = false;
  bool gone_ = false;  // nothing can be sent any more
  bool head_sent_ = false;
  bool ended_ = false;  // end_channel() was called
};

}  // namespace samovar::http
