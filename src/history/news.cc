#include "history/news.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "history/postgres_database.h"

namespace samovar::history {
namespace {

constexpr int kListenAgainMs = 2'000;

}  // namespace

News::News(std::string url, int64_t server, OnNews on_news)
    : url_(std::move(url)),
      own_(std::to_string(server) + " "),
      on_news_(std::move(on_news)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { run(); });
}

News::~News() {
  ending_ = true;
  const uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
  thread_.join();
  ::close(wake_);
}

void News::run() {
  for (bool is_first = true; !ending_; is_first = false) {
    if (!is_first) pause();
    if (!ending_) listen();
  }
}

void News::pause() const {
  pollfd waiting = {wake_, POLLIN, 0};
  ::poll(&waiting, 1, kListenAgainMs);
}

void News::listen() {
  const auto database = PostgresDatabase::open({.url = url_});
  if (!database || !(*database)->run_script(std::string("LISTEN ") + kNewsChannel)) return;
  on_news_("");
  while (!ending_) {
    const auto words = (*database)->wait_for_notices(wake_);
    if (!words) break;
    for (const std::string& word : *words) {
      if (word.starts_with(own_)) continue;
      const size_t space = word.find(' ');
      if (space != std::string::npos) on_news_(word.substr(space + 1));
    }
  }
}

}  // namespace samovar::history
