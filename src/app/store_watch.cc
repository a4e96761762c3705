#include "app/store_watch.h"

#include <memory>
#include <utility>

#include "base/clock.h"
#include "history/recent.h"

namespace samovar::app {

CheckStore watch_store(history::Archive& archive,
                       std::function<void(std::function<void()>, int delay_ms)> post_later) {
  using Watch = history::Recent<bool>;
  Watch::Options options;
  options.archive = &archive;
  options.read = [](history::Store& store) -> Result<bool> {
    const auto found = store.accounts().find_value("readiness");
    if (!found) return found.error();
    return true;
  };
  options.post_later = std::move(post_later);
  options.now_ms = steady_ms;
  return [watch = std::make_shared<Watch>(std::move(options))](std::function<void(Result<void>)> done) {
    watch->ask([done = std::move(done)](const Result<bool>& reached) {
      done(reached ? Result<void>() : reached.error());
    });
  };
}

}  // namespace samovar::app
