// How many requests came for each endpoint, and how they were answered. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace samovar::api {

class HttpCounts {
 public:
  using Key = std::tuple<std::string, std::string, int>;  // method, endpoint's pattern, status

  void count(const std::string& method, const std::string& endpoint, int status) {
    const std::lock_guard lock(mutex_);
    ++counts_[{method, endpoint, status}];
  }
  [[nodiscard]] std::map<Key, int64_t> read() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<Key, int64_t> counts_;  // guarded by mutex_
};

}  // namespace samovar::api
