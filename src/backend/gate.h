// What every request for an answer passes on its way to a backend: it bounds how many may wait, knows who
// waits for what and how long that will take, and measures. Whose turn it is the backend decides
// (engine/fair_line.h).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/measures.h"

namespace samovar::backend {

struct GateOptions {
  size_t max_waiting = 512;         // beyond it requests are refused with kBusy
  size_t parallel = 4;              // answers that the backend computes at once
  size_t max_per_client = 0;        // of one client, waiting ones too: kTooManyRequests; 0: any number
  std::function<int64_t()> now_ns;  // a clock that never goes back; unset: the system's
};

struct QueuedRequest {
  std::string id;  // Request::id
  std::string client;
  std::string model;
  bool waiting = true;    // false: it is being answered
  int64_t place = 0;      // in the line of its model, 1: next; 0: not waiting
  int64_t waited_ns = 0;  // in line so far, or until its turn came
  int64_t answering_ns = 0;
};

struct QueueState {
  size_t running = 0;
  size_t waiting = 0;
  size_t waiting_clients = 0;
  size_t max_waiting = 0;
  size_t parallel = 0;
  std::vector<QueuedRequest> requests;  // in the order in which they came
  // Of an answer, lately; 0: not known yet.
  double answer_seconds = 0;

  // Until a request at that place has its turn; 0: at once, or not known.
  [[nodiscard]] double expected_wait_seconds(int64_t place) const;
};

class Gate : public Backend {
 public:
  Gate(std::shared_ptr<Backend> inner, GateOptions options);

  [[nodiscard]] QueueState read_queue() const;
  // Another request would be refused once `n_coming` that are on their way have come.
  [[nodiscard]] bool is_full(size_t n_coming = 0) const;
  // Seconds after which a refused client may come again, 1..600.
  [[nodiscard]] int64_t retry_after_seconds() const;
  [[nodiscard]] const Measures& measures() const;
  // Tells how many tokens were computed for an account, at the end of each answer, on whatever thread that
  // comes. To be called before the first request.
  using CountTokens = std::function<void(const std::string& user, int64_t tokens)>;
  void tell_tokens(CountTokens count_tokens);

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void embed(EmbedRequest request, Callback<Embeddings> callback) override;
  // The rest takes moments and is passed on as it is.
  void count_tokens(Request request, Callback<int64_t> callback) override {
    inner_->count_tokens(std::move(request), std::move(callback));
  }
  void tokenize(TokenizeRequest request, Callback<Tokens> callback) override {
    inner_->tokenize(std::move(request), std::move(callback));
  }
  void detokenize(DetokenizeRequest request, Callback<Tokens> callback) override {
    inner_->detokenize(std::move(request), std::move(callback));
  }
  void list(Callback<std::vector<ModelSummary>> callback) override { inner_->list(std::move(callback)); }
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override {
    inner_->list_loaded(std::move(callback));
  }
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override {
    inner_->describe(std::move(model), verbose, std::move(callback));
  }
  void check_ready(Callback<bool> callback) override { inner_->check_ready(std::move(callback)); }
  [[nodiscard]] std::string place() const override { return inner_->place(); }

 private:
  class Book;
  class Pass;
  class GatedRun;

  std::shared_ptr<Backend> inner_;
  std::shared_ptr<Book> book_;  // shared with the answers under way
};

}  // namespace samovar::backend
