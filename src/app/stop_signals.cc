#include "app/stop_signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <utility>

namespace samovar::app {
namespace {

// Wakes the watching thread when there is nothing left to watch for.
constexpr int kGiveUp = SIGUSR2;

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, kGiveUp);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow (ulimit -f) fails the write, not the server
}

StopSignals::~StopSignals() {
  if (!thread_.joinable()) return;
  pthread_kill(thread_.native_handle(), kGiveUp);
  thread_.join();
}

void StopSignals::watch(std::function<void()> on_stop) {
  thread_ = std::thread([on_stop = std::move(on_stop)] {
    const sigset_t set = watched();
    int signal = 0;
    for (bool stopping = false; sigwait(&set, &signal) == 0 && signal != kGiveUp; stopping = true) {
      if (stopping) _exit(128 + signal);
      on_stop();
    }
  });
}

}  // namespace samovar::app
