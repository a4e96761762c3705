#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "http/connection.h"
#include "http/port_owner.h"
#include "http/text.h"

namespace samovar::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // when the system is out of descriptors

// A default soft limit of 1024 descriptors would end long before max_connections.
void raise_descriptor_limit(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<tcp::endpoint> resolve(asio::io_context& io, const std::string& host, uint16_t port) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  const auto found = tcp::resolver(io).resolve(host, "", error);
  if (error || found.empty()) {
    return Error{Code::kInvalidArgument, "cannot listen on \"" + host + "\": not an address of this machine"};
  }
  auto best = std::find_if(found.begin(), found.end(),
                           [](const auto& entry) { return entry.endpoint().address().is_v4(); });
  if (best == found.end()) best = found.begin();
  return tcp::endpoint(best->endpoint().address(), port);
}

Error listen_error(const tcp::endpoint& endpoint, const std::string& host, error_code error) {
  const std::string where = "cannot listen on " + host + ":" + std::to_string(endpoint.port()) + ": ";
  if (error == asio::error::address_in_use) {
    return {Code::kConflict, where + "the port is in use by " + find_port_owner(endpoint.port())};
  }
  if (error == asio::error::access_denied) {
    return {Code::kInvalidArgument, where + "ports below 1024 need root; choose a higher one"};
  }
  return {Code::kInvalidArgument, where + error.message()};
}

}  // namespace

struct Server::State : std::enable_shared_from_this<State> {
  struct Listener {
    tcp::acceptor acceptor;
    std::shared_ptr<const Router> router;
    std::shared_ptr<Tls> tls;  // null: plain
  };

  explicit State(ServerOptions options)
      : core(std::make_shared<Core>(std::move(options))), guard(core->io.get_executor()) {}

  asio::awaitable<void> accept(std::shared_ptr<Listener> listener);
  void refuse(tcp::socket socket);
  void begin_stop(int grace_ms);
  void close_idle();
  void close_all();
  void run_later(std::function<void()> task, int delay_ms);
  void run_soon(const std::function<void()>& task, int delay_ms);

  std::shared_ptr<Core> core;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::set<std::shared_ptr<asio::steady_timer>> tasks;  // delayed ones
  std::mutex mutex;
  std::condition_variable idle;
  bool running = false;  // guarded by mutex
};

asio::awaitable<void> Server::State::accept(std::shared_ptr<Listener> listener) {
  asio::steady_timer pause(core->io);
  while (listener->acceptor.is_open()) {
    auto [error, socket] = co_await listener->acceptor.async_accept(kAwait);
    if (error == asio::error::operation_aborted || core->stopping) co_return;
    if (error) {
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwait);
    } else if (core->connections.size() >= core->options.max_connections) {
      refuse(std::move(socket));
    } else {
      const auto connection = std::make_shared<Connection>(core, std::move(socket), listener->router);
      if (listener->tls) connection->demand_tls(listener->tls->current());
      Connection::serve(connection);
    }
  }
}

void Server::State::refuse(tcp::socket socket) {
  const std::string body = "503 Service Unavailable: too many connections";
  const std::string bytes = format_head({.status = 503,
                                         .headers = {{"Content-Type", "text/plain"}, {"Retry-After", "1"}},
                                         .framing = Framing::kLength,
                                         .body_bytes = body.size(),
                                         .keep_alive = false,
                                         .now = std::time(nullptr)}) +
                            body;
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(bytes), ignored);
}

void Server::State::begin_stop(int grace_ms) {
  if (!core->stopping) {
    core->stopping = true;
    guard.reset();
    error_code ignored;
    for (const auto& listener : listeners) listener->acceptor.close(ignored);
    for (const auto& task : tasks) task->cancel();
    close_idle();
  }
  if (core->connections.empty()) return;
  core->grace.expires_after(std::chrono::milliseconds(std::max(grace_ms, 0)));
  core->grace.async_wait([weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self && !error) self->close_all();
  });
}

// close() may end a connection and with it change the set: walk over a copy that keeps them alive.
void Server::State::close_idle() {
  std::vector<std::shared_ptr<Connection>> idle_ones;
  for (Connection* connection : core->connections) {
    if (connection->is_idle()) idle_ones.push_back(connection->shared_from_this());
  }
  for (const auto& connection : idle_ones) connection->close();
}

void Server::State::close_all() {
  std::vector<std::shared_ptr<Connection>> all;
  for (Connection* connection : core->connections) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->close();
}

void Server::State::run_later(std::function<void()> task, int delay_ms) {
  const auto timer = std::make_shared<asio::steady_timer>(core->io, std::chrono::milliseconds(delay_ms));
  tasks.insert(timer);
  timer->async_wait([weak = weak_from_this(), timer, task = std::move(task)](error_code error) {
    if (const auto state = weak.lock()) state->tasks.erase(timer);
    if (!error) task();
  });
}

void Server::State::run_soon(const std::function<void()>& task, int delay_ms) {
  if (delay_ms <= 0) {
    task();
  } else if (!core->stopping) {
    run_later(task, delay_ms);
  }
}

Server::Server(ServerOptions options) : state_(std::make_shared<State>(std::move(options))) {
  raise_descriptor_limit(state_->core->options.max_connections + 256);
}

Server::~Server() {
  stop(0);
  std::unique_lock lock(state_->mutex);
  state_->idle.wait(lock, [this] { return !state_->running; });
}

// Handlers that wait inside the io_context hold the state weakly: it owns the io_context.

Result<uint16_t> Server::listen(const std::string& host, uint16_t port, std::shared_ptr<const Router> router,
                                std::shared_ptr<Tls> tls) {
  const auto endpoint = resolve(state_->core->io, host, port);
  if (!endpoint) return endpoint.error();
  tcp::acceptor acceptor(state_->core->io);
  error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(*endpoint, host, error);
  const uint16_t bound = acceptor.local_endpoint(error).port();
  if (error) return listen_error(*endpoint, host, error);
  state_->listeners.push_back(std::make_shared<State::Listener>(
      State::Listener{std::move(acceptor), std::move(router), std::move(tls)}));
  return bound;
}

void Server::run() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->running = true;
  }
  for (const auto& listener : state_->listeners) {
    asio::co_spawn(
        state_->core->io, [state = state_, listener] { return state->accept(listener); }, asio::detached);
  }
  state_->core->io.run();
  const std::lock_guard lock(state_->mutex);
  state_->running = false;
  state_->idle.notify_all();
}

void Server::stop(int grace_ms) {
  asio::post(state_->core->io, [weak = std::weak_ptr(state_), grace_ms] {
    if (const auto state = weak.lock()) state->begin_stop(grace_ms);
  });
}

std::function<void(std::function<void()>, int)> Server::poster() {
  return [held = std::weak_ptr(state_)](std::function<void()> task, int delay_ms) {
    const auto state = held.lock();
    if (!state) return;
    asio::post(state->core->io, [weak = held, task = std::move(task), delay_ms] {
      if (const auto self = weak.lock()) self->run_soon(task, delay_ms);
    });
  };
}

void Server::post(std::function<void()> task, int delay_ms) { poster()(std::move(task), delay_ms); }

}  // namespace samovar::http
