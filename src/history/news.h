// Word between servers on one PostgreSQL: whose conversations another server has changed (Store::announce()).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace samovar::history {

class News {
 public:
  // `owner` is empty when anything may have changed: word may have been missed. Called on a thread of this
  // object.
  using OnNews = std::function<void(const std::string& owner)>;

  // Listens on a connection of its own, that is made again whenever it is lost, to all servers but `server`.
  News(std::string url, int64_t server, OnNews on_news);
  ~News();
  News(const News&) = delete;
  News& operator=(const News&) = delete;

 private:
  void run();
  void listen();  // until the connection is lost, or the end
  void pause() const;

  const std::string url_;
  const std::string own_;  // what its own words begin with
  const OnNews on_news_;
  std::atomic<bool> ending_ = false;
  int wake_;  // an eventfd that ends all waiting
  std::thread thread_;
};

inline constexpr const char* kNewsChannel = "samovar_news";

}  // namespace samovar::history
