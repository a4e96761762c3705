// For tests only: a backend whose answers the test plays, and a writer that records.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "http/message.h"

namespace samovar::chat {

class FakeBackend : public backend::Backend {
 public:
  struct Started : backend::Run {
    backend::Request request;
    std::shared_ptr<backend::Listener> listener;
    int n_cancels = 0;
    // As the port wants it: the end follows a cancel, here at once.
    void cancel() override {
      ++n_cancels;
      if (n_cancels == 1) fail({Code::kCancelled, "cancelled"});
    }
    void say(const std::string& text) {
      listener->on_piece({.content = text, .thinking = {}, .tool_calls = {}, .logprobs = {}});
    }
    void done(backend::Summary summary = {}) {
      std::exchange(listener, nullptr)->on_done(std::move(summary));
    }
    void fail(Error error) {
      if (const auto last = std::exchange(listener, nullptr)) last->on_failed(std::move(error));
    }
  };

  std::shared_ptr<backend::Run> generate(backend::Request request,
                                         std::shared_ptr<backend::Listener> listener) override {
    auto run = std::make_shared<Started>();
    run->request = std::move(request);
    run->listener = std::move(listener);
    runs.push_back(run);
    if (on_generate) on_generate(*run);
    return run;
  }
  void list(backend::Callback<std::vector<backend::ModelSummary>> callback) override { callback(models); }
  void list_loaded(backend::Callback<std::vector<backend::LoadedModel>> callback) override {
    callback(loaded);
  }
  void describe(std::string, bool, backend::Callback<backend::ModelDescription> callback) override {
    callback(Error{Code::kUnsupported, "not asked for"});
  }
  void check_ready(backend::Callback<bool> callback) override { callback(true); }
  std::string place() const override { return "a test"; }

  Result<std::vector<backend::ModelSummary>> models = std::vector<backend::ModelSummary>();
  Result<std::vector<backend::LoadedModel>> loaded = std::vector<backend::LoadedModel>();
  std::vector<std::shared_ptr<Started>> runs;
  std::function<void(Started&)> on_generate;  // before generate() returns
};

class FakeWriter : public http::ResponseWriter {
 public:
  void send(http::Response response) override {
    status = response.status;
    headers = std::move(response.headers);
    body = std::move(response.body);
    ++n_ends;
  }
  void start(int the_status, http::Headers the_headers) override {
    status = the_status;
    headers = std::move(the_headers);
  }
  bool write(std::string piece) override {
    if (gone) return false;
    body += piece;
    return true;
  }
  void finish() override { ++n_ends; }
  void on_disconnect(std::function<void()> callback) override { disconnect = std::move(callback); }

  int status = 0;
  http::Headers headers;
  std::string body;
  int n_ends = 0;
  bool gone = false;
  std::function<void()> disconnect;
};

}  // namespace samovar::chat
