// SIGINT and SIGTERM as a call on a thread of their own.
#pragma once

#include <pthread.h>

#include <functional>
#include <thread>

namespace samovar::app {

// Make it before any other thread, so that all of them leave the signals to it. The first signal calls
// on_stop; a second one ends the process at once.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Once.
  void watch(std::function<void()> on_stop);

 private:
  std::thread thread_;
};

}  // namespace samovar::app
