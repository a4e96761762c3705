#include "app/preload_watch.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace samovar::app {
namespace {

constexpr int kAskAgainMs = 100;

}  // namespace

void PreloadWatch::begin() {
  begun_ = std::chrono::steady_clock::now();
  server_.post([self = shared_from_this()] { self->ask(); });
}

void PreloadWatch::ask() {
  backend_->check_ready([self = shared_from_this()](const Result<bool>& ready) { self->learn(ready); });
}

void PreloadWatch::learn(const Result<bool>& ready) {
  if (!ready) {
    spdlog::error("{}", ready.error().message);
    failed_ = stops_;
    if (stops_) server_.stop(0);
    return;
  }
  if (!*ready) {
    server_.post([self = shared_from_this()] { self->ask(); }, kAskAgainMs);
    return;
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun_;
  if (!model_.empty()) spdlog::info("{} is ready after {:.1f} s", model_, taken.count());
}

}  // namespace samovar::app
