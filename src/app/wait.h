// Turns the backend's callbacks into plain calls for commands that have nothing else to do meanwhile.
#pragma once

#include <future>
#include <memory>
#include <utility>

#include "backend/backend.h"

namespace samovar::app {

// Calls start(callback) and blocks until the callback came.
template <typename T, typename Start>
[[nodiscard]] Result<T> wait_for(const Start& start) {
  const auto promise = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> future = promise->get_future();
  start(backend::Callback<T>([promise](Result<T> result) { promise->set_value(std::move(result)); }));
  return future.get();
}

}  // namespace samovar::app
