// For tests only: the service with conversations in memory, a browser that keeps its cookie, and writers that
// can be waited for (the archive answers from threads of its own).
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "chat/fake_backend.h"
#include "chat/service.h"

namespace samovar::chat {

class WaitingWriter : public http::ResponseWriter {
 public:
  void send(http::Response response) override {
    const std::lock_guard lock(mutex_);
    status_ = response.status;
    headers_ = std::move(response.headers);
    body_ = std::move(response.body);
    ended_ = true;
  }
  void start(int status, http::Headers headers) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    headers_ = std::move(headers);
  }
  bool write(std::string piece) override {
    const std::lock_guard lock(mutex_);
    if (!gone_) body_ += piece;
    return !gone_;
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  void on_disconnect(std::function<void()> callback) override { disconnect_ = std::move(callback); }
  void go_away() {
    {
      const std::lock_guard lock(mutex_);
      gone_ = true;
    }
    if (disconnect_) disconnect_();
  }

  [[nodiscard]] bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  [[nodiscard]] int status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  [[nodiscard]] std::string body() const {
    const std::lock_guard lock(mutex_);
    return body_;
  }
  [[nodiscard]] http::Headers headers() const {
    const std::lock_guard lock(mutex_);
    return headers_;
  }

 private:
  mutable std::mutex mutex_;
  int status_ = 0;
  http::Headers headers_;
  std::string body_;
  bool ended_ = false;
  bool gone_ = false;
  std::function<void()> disconnect_;
};

class StoredFixture : public ::testing::Test {
 protected:
  using Json = nlohmann::json;
  using Writer = std::shared_ptr<WaitingWriter>;

  StoredFixture() {
    archive_ = std::move(history::open_archive_in_memory()->archive);
    temporary_ = std::move(history::open_archive_in_memory()->archive);
    deps_.backend = backend_;
    deps_.version = "0.1.0";
    deps_.default_model = "smollm2:135m";
    deps_.limits.message_bytes = 10'000;
    deps_.limits.attachment_bytes = 5'000;
    deps_.archive = archive_.get();
    deps_.temporary = temporary_.get();
    deps_.setup.features.share = true;
    deps_.now_ns = [this] { return now_ns_.load(); };
    deps_.wall_ms = [this] { return 1'700'000'000'000 + ++n_times_; };
    backend_->on_generate = [this](FakeBackend::Started&) { ++n_asked_; };
  }
  void SetUp() override { serve(); }
  void TearDown() override {
    handle_->end_feeds();
    EXPECT_TRUE(handle_->end_runs(5000));
    router_ = http::Router();
    handle_.reset();
    deps_ = Deps();
  }
  void serve() {
    handle_.emplace(add_routes(router_, deps_));
    cookie_ = take_cookie();
  }

  std::string take_cookie() {
    const Writer writer = send("GET", "/ui/config");
    for (const auto& [name, value] : writer->headers()) {
      if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    }
    return "";
  }
  Writer send(const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& type = "application/json") {
    http::Request made{
        .method = method, .path = target.substr(0, target.find('?')), .target = target, .body = body};
    if (target.find('?') != std::string::npos) made.query = target.substr(target.find('?') + 1);
    made.headers = {{"Content-Type", type}, {"Cookie", "other=1; " + cookie_}};
    auto writer = std::make_shared<WaitingWriter>();
    router_.handle(made, writer);
    return writer;
  }
  static bool wait(const std::function<bool()>& what) {
    for (int i = 0; i < 5000; ++i) {
      if (what()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  // The whole answer.
  Writer call(const std::string& method, const std::string& target, const Json& body = nullptr) {
    const Writer writer = send(method, target, body.is_null() ? "" : body.dump());
    EXPECT_TRUE(wait([&] { return writer->ended(); })) << method << " " << target;
    return writer;
  }
  Json get(const std::string& target) {
    const Writer writer = call("GET", target);
    EXPECT_EQ(writer->status(), 200) << writer->body();
    return Json::parse(writer->body());
  }
  static std::string error_of(const Writer& writer) {
    const Json error = Json::parse(writer->body())["error"];
    return std::to_string(writer->status()) + " " + error["code"].get<std::string>() + ": " +
           error["message"].get<std::string>();
  }
  static std::vector<Json> lines(const Writer& writer) {
    std::vector<Json> out;
    std::istringstream in(writer->body());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) out.push_back(Json::parse(line));
    }
    return out;
  }
  static std::string text_of(const Writer& writer) {
    std::string text;
    for (const Json& line : lines(writer)) text += line.value("t", "");
    return text;
  }

  // Begins an answer and waits until the backend was asked.
  Writer begin(const std::string& chat, const Json& body) {
    const int before = n_asked_;
    const Writer writer = send("POST", "/ui/chats/" + chat + "/runs", body.dump());
    EXPECT_TRUE(wait([&] { return n_asked_ > before || writer->ended(); }));
    return writer;
  }
  static Json message(const std::string& id, const std::string& content, const Json& more = Json::object()) {
    Json made = {{"id", id}, {"content", content}};
    made.update(more);
    return {{"kind", "message"}, {"message", made}};
  }
  FakeBackend::Started& last() { return *backend_->runs.back(); }
  // A whole exchange.
  void exchange(const std::string& chat, Json body, const std::string& answer, const std::string& answer_id) {
    body["answer_id"] = answer_id;
    const Writer writer = begin(chat, body);
    last().say(answer);
    backend::Summary summary;
    summary.done_reason = "stop";
    last().done(summary);
    EXPECT_TRUE(wait([&] { return writer->ended(); })) << writer->body();
  }
  std::string last_prompt() {
    std::string prompt;
    for (const text::ChatMessage& one : last().request.messages) prompt += one.role + ":" + one.content + "|";
    return prompt;
  }
  static std::vector<std::string> ids(const Json& messages) {
    std::vector<std::string> out;
    for (const Json& one : messages) out.push_back(one["id"]);
    return out;
  }
  using Ids = std::vector<std::string>;

  std::unique_ptr<history::Archive> archive_, temporary_;
  std::shared_ptr<FakeBackend> backend_ = std::make_shared<FakeBackend>();
  Deps deps_;
  http::Router router_;
  std::optional<Handle> handle_;
  std::string cookie_;
  std::atomic<int> n_asked_{0};
  std::atomic<int64_t> now_ns_{1'000'000'000};
  std::atomic<int64_t> n_times_{0};
};

}  // namespace samovar::chat
