#include "http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "http/text.h"

namespace samovar::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using HeadParser = beast::http::request_parser<beast::http::empty_body>;
using UploadParser = beast::http::request_parser<beast::http::buffer_body>;
using BodyParser = beast::http::request_parser<beast::http::string_body>;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr size_t kReadAheadBytes = 64U << 10U;  // of a next request, while an answer is under way
constexpr size_t kProgressBytes = 64U << 10U;   // a body earns a new deadline with that many
constexpr size_t kJoinBytes = 64U << 10U;       // a body up to this goes out in one write with its head
constexpr size_t kUploadBytes = 64U << 10U;     // read at once of a body that is passed on
constexpr int kLingerMs = 2'000;

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

void copy_request(const HeadParser::value_type& parsed, Request& request) {
  request.method = std::string(parsed.method_string());
  const auto target = parsed.target();
  set_target(request, {target.data(), target.size()});
  for (const auto& field : parsed) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
}

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, Socket socket, std::shared_ptr<const Router> router)
    : core_(std::move(core)),
      channel_(std::move(socket)),
      router_(std::move(router)),
      buffer_(core_->options.max_header_bytes + kReadAheadBytes),
      signal_(core_->io),
      deadline_(core_->io) {
  error_code ignored;
  channel_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = channel_.socket().remote_endpoint(ignored);
  if (!ignored) remote_address_ = peer.address().to_string();
  signal_.expires_at(asio::steady_timer::time_point::max());
  core_->connections.insert(this);
}

Connection::~Connection() {
  core_->connections.erase(this);
  if (core_->stopping && core_->connections.empty()) core_->grace.cancel();
}

void Connection::serve(std::shared_ptr<Connection> connection) {
  asio::co_spawn(
      connection->core_->io, [connection]() -> Awaitable<void> { return connection->run(); },
      [connection](const std::exception_ptr&) { connection->close(); });
}

void Connection::close() {
  peer_gone();
  disarm();
  error_code ignored;
  channel_.socket().close(ignored);
  signal();
}

Connection::Awaitable<void> Connection::run() {
  if (tls_) {
    const bool shaken = co_await shake_hands();
    if (!shaken) co_return close();
  }
  Next next = Next::kKeepAlive;
  while (next == Next::kKeepAlive && !core_->stopping) {
    const bool has_bytes = co_await wait_for_bytes();
    if (!has_bytes) break;
    next = co_await serve_one();
    co_await end_watch();
    exchange_.reset();
    if (buffer_.size() == 0 && !watching_) buffer_.shrink_to_fit();
  }
  co_await end_channel();
  close();
}

// A first byte that begins no TLS record is plain HTTP: its sender is told where to come.
Connection::Awaitable<bool> Connection::shake_hands() {
  constexpr char kHandshakeRecord = 0x16;
  arm(core_->options.read_timeout_ms);
  char first = 0;
  const auto [error, size] =
      co_await channel_.socket().async_receive(asio::buffer(&first, 1), Socket::message_peek, kToken);
  if (error || size == 0) co_return false;
  if (first != kHandshakeRecord) {
    co_await send_to_https();
    co_return false;
  }
  const auto [refused] = co_await channel_.begin_tls(std::move(tls_), kToken);
  disarm();
  co_return !refused && !gone_;
}

Connection::Awaitable<void> Connection::send_to_https() {
  HeadParser parser;
  parser.header_limit(static_cast<uint32_t>(core_->options.max_header_bytes));
  const auto [error, size] = co_await beast::http::async_read_header(channel_, buffer_, parser, kToken);
  static_cast<void>(size);
  disarm();
  Refusal refusal;
  if (error) {
    refusal = refusal_for(error);
  } else {
    Request request;
    copy_request(parser.get(), request);
    refusal.status = 308;
    refusal.location = "https://" + std::string(request.header("Host")) + request.target;
    refusal.body = "308 Permanent Redirect: this port speaks HTTPS";
  }
  co_await refuse(refusal);
}

// Tells the client that nothing more comes; through TLS that must be said before the bytes end, else it looks
// cut off.
Connection::Awaitable<void> Connection::end_channel() {
  error_code ignored;
  if (std::exchange(ended_, true)) co_return;
  if (channel_.is_secure() && !gone_) {
    arm(kLingerMs);
    if (watching_) channel_.socket().cancel(ignored);
    while (watching_) co_await wait_for_signal();
    if (!gone_) co_await channel_.end_tls(kToken);
    disarm();
  }
  channel_.socket().shutdown(Socket::shutdown_send, ignored);
}

Connection::Awaitable<bool> Connection::wait_for_bytes() {
  if (buffer_.size() > 0) co_return true;
  if (channel_.is_secure()) co_return co_await wait_for_secure_bytes();
  idle_ = true;
  arm(core_->options.idle_timeout_ms);
  const auto [error] = co_await channel_.socket().async_wait(Socket::wait_read, kToken);
  disarm();
  idle_ = false;
  co_return !error && !gone_;
}

// Bytes may already lie inside TLS, so only reading shows them: the read that watched over the last answer
// goes on as the one for the next request. (Cancelled in the middle of a record, it might never end.)
Connection::Awaitable<bool> Connection::wait_for_secure_bytes() {
  idle_ = true;
  arm(core_->options.idle_timeout_ms);
  start_watch();
  while (watching_) co_await wait_for_signal();
  disarm();
  idle_ = false;
  co_return buffer_.size() > 0 && !gone_;
}

Connection::Awaitable<Connection::Next> Connection::serve_one() {
  HeadParser parser;
  parser.header_limit(static_cast<uint32_t>(core_->options.max_header_bytes));
  parser.body_limit(boost::none);
  arm(core_->options.read_timeout_ms);
  const auto [error, size] = co_await beast::http::async_read_header(channel_, buffer_, parser, kToken);
  static_cast<void>(size);
  disarm();
  // Named, not temporary: GCC 12 destroys temporaries in an awaited call's arguments twice.
  Refusal refusal;
  if (error) {
    refusal = refusal_for(error);
    co_return co_await refuse(refusal);
  }
  const auto& head = parser.get();
  if (head.version() >= 11 && head.find(beast::http::field::host) == head.end()) {
    refusal = {400, "400 Bad Request: missing required Host header"};
    co_return co_await refuse(refusal);
  }
  Message message;
  copy_request(head, message.request);
  message.request.remote_address = remote_address_;
  message.request.is_secure = channel_.is_secure();
  if (core_->options.amend) core_->options.amend(message.request);
  message.request.trace = continue_trace(message.request.header("traceparent"));
  message.keep_alive = head.keep_alive();
  message.chunked_allowed = head.version() >= 11;
  if (router_->takes_upload(message.request.method, message.request.path)) {
    co_return co_await serve_upload(parser, message);
  }
  co_return co_await serve_whole(parser, message);
}

template <typename HeadParser>
Connection::Awaitable<Connection::Next> Connection::serve_whole(HeadParser& head, Message& message) {
  if (!head.is_done()) {
    const size_t limit = core_->options.max_body_bytes;
    Refusal refusal;
    if (const auto length = head.content_length(); length && *length > limit) {
      refusal = refusal_for(beast::http::error::body_limit);
      co_return co_await refuse(refusal);
    }
    BodyParser parser(std::move(head));
    parser.body_limit(limit);
    const error_code error = co_await read_body(parser);
    disarm();
    if (error) {
      refusal = refusal_for(error);
      co_return co_await refuse(refusal);
    }
    message.request.body = std::move(parser.get().body());
  }
  hand_over(message);
  co_return co_await answer(message);
}

template <typename HeadParser>
Connection::Awaitable<Connection::Next> Connection::serve_upload(HeadParser& head, Message& message) {
  const auto pipe = std::make_shared<BodyPipe>([weak = weak_from_this(), core = core_] {
    asio::post(core->io, [weak] {
      if (const auto self = weak.lock()) self->signal();
    });
  });
  message.request.upload = pipe;
  // However this coroutine ends, the reader must not wait for ever.
  const std::shared_ptr<void> end_of_pipe(nullptr, [pipe](void*) { pipe->fail(); });
  hand_over(message);
  if (head.is_done()) {
    pipe->finish();
    co_return co_await answer(message);
  }
  UploadParser parser(std::move(head));
  parser.body_limit(boost::none);
  const error_code error = co_await feed(parser, *pipe);
  disarm();
  if (parser.is_done()) {
    pipe->finish();
    co_return co_await answer(message);
  }
  pipe->fail();
  if (error) {
    peer_gone();
    co_return Next::kClose;
  }
  // Answered before the end of the body, the rest of which nobody reads.
  message.keep_alive = false;
  const Next next = co_await answer(message);
  if (!gone_) co_await linger();
  co_return next;
}

// Until the body is whole, nobody wants more of it, or an error.
template <typename Parser>
Connection::Awaitable<error_code> Connection::feed(Parser& parser, BodyPipe& pipe) {
  const bool sent = co_await go_ahead(parser);
  if (!sent) co_return asio::error::connection_reset;
  // Beast reads no more at once than the buffer has room for.
  buffer_.reserve(kUploadBytes);
  std::string space(kUploadBytes, '\0');
  while (!parser.is_done() && !pipe.is_closed() && !exchange_->is_answered()) {
    if (gone_) co_return asio::error::operation_aborted;
    if (pipe.is_full()) {
      co_await wait_for_signal();
      continue;
    }
    auto& body = parser.get().body();
    body.data = space.data();
    body.size = space.size();
    body.more = true;
    arm(core_->options.read_timeout_ms);
    const auto [error, size] = co_await beast::http::async_read_some(channel_, buffer_, parser, kToken);
    static_cast<void>(size);
    if (error && error != beast::http::error::need_buffer) co_return error;
    pipe.push(space.substr(0, space.size() - body.size));
  }
  co_return error_code{};
}

template <typename Parser>
Connection::Awaitable<bool> Connection::go_ahead(const Parser& parser) {
  if (!equals_ignoring_case(parser.get()[beast::http::field::expect], "100-continue")) co_return true;
  co_return co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
}

template <typename Parser>
Connection::Awaitable<error_code> Connection::read_body(Parser& parser) {
  const bool sent = co_await go_ahead(parser);
  if (!sent) co_return asio::error::connection_reset;
  arm(core_->options.read_timeout_ms);
  size_t received = 0;
  while (!parser.is_done()) {
    const auto [error, size] = co_await beast::http::async_read_some(channel_, buffer_, parser, kToken);
    if (error) co_return error;
    received += size;
    if (received < kProgressBytes) continue;
    received = 0;
    arm(core_->options.read_timeout_ms);
  }
  co_return error_code{};
}

Connection::Refusal Connection::refusal_for(error_code failure) const {
  using beast::http::error;
  if (gone_) return {};
  if (timed_out_) {
    return {408, "408 Request Timeout: the request did not arrive within " +
                     std::to_string(core_->options.read_timeout_ms) + " ms"};
  }
  if (failure == error::header_limit || failure == error::buffer_overflow) {
    return {431, "431 Request Header Fields Too Large: the limit is " +
                     std::to_string(core_->options.max_header_bytes) + " bytes"};
  }
  if (failure == error::body_limit) {
    return {413, R"({"error":"request body too large: the limit is )" +
                     std::to_string(core_->options.max_body_bytes) + R"( bytes"})"};
  }
  if (failure == error::end_of_stream || failure == error::partial_message) return {};
  if (failure.category() == make_error_code(error::end_of_stream).category()) {
    return {400, "400 Bad Request: " + failure.message()};
  }
  return {};
}

// Status 0: the client closed, nothing is to be said.
Connection::Awaitable<Connection::Next> Connection::refuse(const Refusal& refusal) {
  if (refusal.status == 0) co_return Next::kClose;
  const char* type =
      refusal.body.starts_with('{') ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
  Headers headers = {{"Content-Type", type}};
  if (!refusal.location.empty()) headers.emplace_back("Location", refusal.location);
  std::string bytes = format_head({.status = refusal.status,
                                   .headers = std::move(headers),
                                   .framing = Framing::kLength,
                                   .body_bytes = refusal.body.size(),
                                   .keep_alive = false,
                                   .now = std::time(nullptr)});
  bytes += refusal.body;
  const bool sent = co_await write_all(bytes);
  if (sent) co_await linger();
  co_return Next::kClose;
}

// Reads what the client is still sending: closing at once would reset the connection and might destroy
// the answer before the client has read it.
Connection::Awaitable<void> Connection::linger() {
  co_await end_channel();
  arm(kLingerMs);
  std::string sink(16U << 10U, '\0');
  while (true) {
    const auto [error, size] = co_await channel_.socket().async_read_some(asio::buffer(sink), kToken);
    static_cast<void>(size);
    if (error) break;
  }
  disarm();
}

std::shared_ptr<Exchange> Connection::make_exchange() {
  auto wake = [weak = weak_from_this(), core = core_] {
    asio::post(core->io, [weak] {
      if (const auto self = weak.lock()) self->signal();
    });
  };
  return std::make_shared<Exchange>(std::move(wake), core_->options.max_queued_bytes);
}

void Connection::hand_over(const Message& message) {
  exchange_ = make_exchange();
  head_sent_ = false;
  try {
    router_->handle(message.request, Exchange::make_writer(exchange_));
  } catch (...) {
    // The writer was dropped on the way out, and with it a 500 queued.
  }
}

Connection::Awaitable<Connection::Next> Connection::answer(const Message& message) {
  bool keep_alive = message.keep_alive;
  while (true) {
    Exchange::Taken taken = exchange_->take();
    if (taken.broken) break;
    const bool nothing = !taken.finished && !taken.started && taken.pieces.empty();
    const bool finished = taken.finished;
    if (!nothing) {
      const bool sent = co_await write_some(message, std::move(taken), keep_alive);
      if (!sent) break;
    }
    if (finished) co_return keep_alive && !gone_ && !half_closed_ ? Next::kKeepAlive : Next::kClose;
    if (gone_) break;
    if (!nothing) continue;
    start_watch();
    co_await wait_for_signal();
  }
  peer_gone();
  co_return Next::kClose;
}

Connection::Awaitable<bool> Connection::write_some(const Message& message, Exchange::Taken taken,
                                                   bool& keep_alive) {
  const bool is_head = message.request.method == "HEAD";
  std::string bytes;
  if (auto& whole = taken.whole; whole) {
    keep_alive = keep_alive && !core_->stopping;
    const bool bare = has_no_body(whole->status);
    bytes = format_head({.status = whole->status,
                         .headers = std::move(whole->headers),
                         .framing = bare ? Framing::kNone : Framing::kLength,
                         .body_bytes = whole->body.size(),
                         .keep_alive = keep_alive,
                         .now = std::time(nullptr)});
    if (bare || is_head) co_return co_await write_all(bytes);
    if (whole->body.size() > kJoinBytes)
      co_return co_await write_all(bytes) && co_await write_all(whole->body);
    co_return co_await write_all(bytes += whole->body);
  }
  if (taken.started) {
    keep_alive = keep_alive && !core_->stopping && message.chunked_allowed;
    bytes = format_head({.status = taken.started->status,
                         .headers = std::move(taken.started->headers),
                         .framing = message.chunked_allowed ? Framing::kChunked : Framing::kUntilClose,
                         .body_bytes = 0,
                         .keep_alive = keep_alive,
                         .now = std::time(nullptr)});
    head_sent_ = true;
  }
  if (!is_head) {
    for (const std::string& piece : taken.pieces) {
      if (message.chunked_allowed) {
        append_chunk(bytes, piece);
      } else {
        bytes += piece;
      }
    }
    if (taken.finished && head_sent_ && message.chunked_allowed) bytes += "0\r\n\r\n";
  }
  if (bytes.empty()) co_return true;
  co_return co_await write_all(bytes);
}

// False when the client is gone or reads nothing for read_timeout_ms.
Connection::Awaitable<bool> Connection::write_all(const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size() && !gone_) {
    arm(core_->options.read_timeout_ms);
    const auto [error, size] = co_await channel_.async_write_some(asio::buffer(bytes) + sent, kToken);
    if (error) {
      disarm();
      co_return false;
    }
    sent += size;
  }
  disarm();
  co_return sent == bytes.size();
}

// Bytes that come while an answer is under way belong to the next request and are kept. The end of the
// stream means that nobody will read the answer; a client that closed only its sending half still gets
// an answer sent whole.
void Connection::start_watch() {
  const size_t most = channel_.is_secure() ? 1 : kReadAheadBytes;  // see wait_for_secure_bytes()
  if (watching_ || gone_ || half_closed_ || buffer_.size() >= most) return;
  watching_ = true;
  channel_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code error, size_t size) {
    self->watching_ = false;
    if (!error) {
      self->buffer_.commit(size);
    } else if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
      self->half_closed_ = true;
      if (self->exchange_) self->exchange_->peer_gone();
    } else if (error != asio::error::operation_aborted) {
      self->peer_gone();
    }
    self->signal();
  });
}

Connection::Awaitable<void> Connection::end_watch() {
  error_code ignored;
  if (channel_.is_secure()) co_return;
  if (watching_) channel_.socket().cancel(ignored);
  while (watching_) co_await wait_for_signal();
}

Connection::Awaitable<void> Connection::wait_for_signal() { co_await signal_.async_wait(kToken); }

void Connection::signal() { signal_.cancel(); }

void Connection::peer_gone() {
  gone_ = true;
  if (exchange_) exchange_->peer_gone();
}

void Connection::arm(int timeout_ms) {
  timed_out_ = false;
  const uint64_t round = ++deadline_round_;
  deadline_.expires_after(std::chrono::milliseconds(timeout_ms));
  deadline_.async_wait([weak = weak_from_this(), round](error_code error) {
    const auto self = weak.lock();
    if (error || !self || self->deadline_round_ != round) return;
    self->timed_out_ = true;
    error_code ignored;
    self->channel_.socket().cancel(ignored);
  });
}

void Connection::disarm() {
  ++deadline_round_;
  deadline_.cancel();
}

}  // namespace samovar::http
