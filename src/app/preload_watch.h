// Tells, in the log, when the model that the server keeps in memory is ready, or why it is not.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "backend/backend.h"
#include "http/server.h"

namespace samovar::app {

// Lives in a shared_ptr: the server and the backend call it back.
class PreloadWatch : public std::enable_shared_from_this<PreloadWatch> {
 public:
  // `server` must outlive the calls that come back from it.
  PreloadWatch(http::Server& server, std::shared_ptr<backend::Backend> backend, std::string model)
      : server_(server), backend_(std::move(backend)), model_(std::move(model)) {}

  // Before begin(): a failure stops the server.
  void stop_on_failure() { stops_ = true; }
  void begin();

  [[nodiscard]] bool failed() const { return failed_; }
  // After the server has stopped.
  void forget_backend() { backend_.reset(); }

 private:
  void ask();
  void learn(const Result<bool>& ready);

  http::Server& server_;
  std::shared_ptr<backend::Backend> backend_;
  std::string model_;
  bool stops_ = false;
  std::atomic<bool> failed_{false};
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace samovar::app
