// For tests only: a server's doors without sockets, with accounts in memory and a clock that is set by hand.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "accounts/account_work.h"
#include "accounts/service.h"
#include "http/exchange.h"
#include "http/text.h"

namespace samovar::accounts {

struct Reply {
  int status = 0;
  std::string body;
  http::Headers headers;

  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string(http::find_header(headers, name));
  }
  // "name=value" of a Set-Cookie.
  [[nodiscard]] std::string cookie() const {
    const std::string set = header("Set-Cookie");
    return set.substr(0, set.find(';'));
  }
};

// A request under way.
class Visit {
 public:
  Visit(const http::Router& router, http::Request request)
      : exchange_(std::make_shared<http::Exchange>([] {}, 1U << 20U)) {
    router.handle(request, http::Exchange::make_writer(exchange_));
  }
  const Reply& look() {
    auto taken = exchange_->take();
    for (auto* head : {taken.whole ? &*taken.whole : nullptr, taken.started ? &*taken.started : nullptr}) {
      if (head == nullptr) continue;
      reply_.status = head->status;
      reply_.headers = head->headers;
      reply_.body = head->body;
    }
    for (const std::string& piece : taken.pieces) reply_.body += piece;
    finished_ = taken.finished;
    return reply_;
  }
  // Waits, but not for ever.
  const Reply& wait() {
    for (int i = 0; i < 4000 && !(look(), finished_); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(finished_) << "no answer came";
    return reply_;
  }
  [[nodiscard]] bool is_finished() {
    look();
    return finished_;
  }

 private:
  std::shared_ptr<http::Exchange> exchange_;
  Reply reply_;
  bool finished_ = false;
};

class TestSite {
 public:
  static constexpr const char* kPassword = "correct horse";

  explicit TestSite(Options options, const std::function<void(Deps&)>& change = {}) {
    auto opened = history::open_archive_in_memory();
    EXPECT_TRUE(opened);
    archive_ = std::move(opened->archive);
    const Mode mode = options.mode;
    Deps deps;
    deps.options = std::move(options);
    deps.archive = archive_.get();
    deps.wall_ms = [this] { return now_ms.load(); };
    deps.post_later = [this](std::function<void()> task, int delay_ms) {
      if (delay_ms == 0) return task();
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(task));
    };
    deps.log = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      lines_ += line + "\n";
    };
    if (change) change(deps);
    auto handle = open(std::move(deps));
    EXPECT_TRUE(handle) << handle.error().message;
    handle_ = std::make_unique<Handle>(*handle);
    if (mode != Mode::kOpen) router.add_filter(handle_->filter());
    handle_->add_routes(router);
    for (const char* path :
         {"/ui/chats", "/ui/shared/t1", "/", "/api/tags", "/ui/chats/c1/runs", "/api/chat"}) {
      for (const char* method : {"GET", "POST"}) {
        router.add(
            method, path, [](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& to) {
              to->send({.status = 200,
                        .headers = {},
                        .body = request.is_admitted ? "hello " + request.user + (request.is_admin ? "!" : "")
                                                    : "stranger"});
            });
      }
    }
    router.add("GET", "/ui/feed", [](const http::Request&, const std::shared_ptr<http::ResponseWriter>& to) {
      to->start(200, {});
      to->write("news\n");
      static std::vector<std::shared_ptr<http::ResponseWriter>> kept;
      kept.push_back(to);
    });
  }

  Reply ask(const std::string& method, const std::string& target, const std::string& body = {},
            http::Headers headers = {}) {
    return Visit(router, make_request(method, target, body, std::move(headers))).wait();
  }
  static http::Request make_request(const std::string& method, const std::string& target,
                                    const std::string& body = {}, http::Headers headers = {}) {
    http::Request request;
    request.method = method;
    http::set_target(request, target);
    request.body = body;
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "samovar.example");
    request.headers.emplace_back("Content-Type", "application/json");
    request.remote_address = "10.0.0.7";
    return request;
  }
  // As a browser on this server's page sends it.
  static http::Headers with_cookie(const std::string& cookie) {
    return {{"Cookie", cookie}, {"Origin", "https://samovar.example"}, {"Sec-Fetch-Site", "same-origin"}};
  }

  history::User add_user(const std::string& name, history::UserRole role = history::UserRole::kUser) {
    return run<Made>([&](history::AccountStore& accounts) {
             return make_user(accounts,
                              {.name = name, .password = kPassword, .role = role, .now_ms = now_ms});
           })
        .user;
  }
  // The cookie of a new session.
  std::string log_in(const std::string& name, const std::string& password = kPassword) {
    const Reply reply =
        ask("POST", "/ui/login", R"({"name":")" + name + R"(","password":")" + password + "\"}");
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.cookie();
  }
  template <typename T>
  T run(std::function<Result<T>(history::AccountStore&)> work) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    archive_->write<T>([&work](history::Store& store) { return work(store.accounts()); },
                       [&promise](Result<T> result) { promise.set_value(std::move(result)); });
    Result<T> result = future.get();
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *std::move(result) : T();
  }
  // What was asked for later happens now.
  void run_later() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(later_);
    }
    for (const auto& task : tasks) task();
  }
  std::string lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  void pass(int64_t seconds) { now_ms += 1000 * seconds; }
  [[nodiscard]] Handle& handle() { return *handle_; }

  std::atomic<int64_t> now_ms = 1'700'000'000'000;
  http::Router router;

 private:
  std::mutex mutex_;
  std::string lines_;
  std::vector<std::function<void()>> later_;
  std::unique_ptr<history::Archive> archive_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace samovar::accounts
