// Waiting for the store, but not for long.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "accounts/live_streams.h"

namespace samovar::accounts {

inline constexpr int kPatienceMs = 1'000;

// What calls `done` on the server's thread, once: with what it is called with itself, from any thread, or, if
// that takes too long, with `otherwise`.
template <typename T>
[[nodiscard]] std::function<void(T)> with_patience(const PostLater& post_later, T otherwise,
                                                   std::function<void(T)> done) {
  if (!post_later) return done;
  const auto is_told = std::make_shared<std::atomic<bool>>(false);
  const auto tell = [is_told, done = std::move(done)](const T& what) {
    if (!is_told->exchange(true)) done(what);
  };
  post_later([tell, otherwise = std::move(otherwise)] { tell(otherwise); }, kPatienceMs);
  return [post_later, tell](T what) { post_later([tell, what = std::move(what)] { tell(what); }, 0); };
}

}  // namespace samovar::accounts
