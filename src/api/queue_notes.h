// What an answer has seen of the waiting line, for its headers. Used from one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "http/message.h"

namespace samovar::api {

class QueueNotes {
 public:
  void note_place(int64_t place) {
    if (first_place_ == 0) first_place_ = place;
  }
  void note_start() {
    if (!started_) started_ = Clock::now();
  }

  // X-Queue-Place: the place in line when it began to wait, 0: it did not. X-Queue-Wait-Ms: how long that
  // took. X-Request-Id as the client gave it.
  void add_headers(const std::string& request_id, http::Headers& headers) const {
    const auto waited =
        std::chrono::duration_cast<std::chrono::milliseconds>(started_.value_or(Clock::now()) - received_);
    headers.emplace_back("X-Queue-Place", std::to_string(first_place_));
    headers.emplace_back("X-Queue-Wait-Ms", std::to_string(waited.count()));
    if (!request_id.empty()) headers.emplace_back("X-Request-Id", request_id);
  }

 private:
  using Clock = std::chrono::steady_clock;
  int64_t first_place_ = 0;
  Clock::time_point received_ = Clock::now();
  std::optional<Clock::time_point> started_;
};

}  // namespace samovar::api
