#include "http/client.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/client_transfer.h"

namespace samovar::http {
namespace {

constexpr int kPollMs = 60'000;  // only a safety net: new work and cancellations wake the thread

CURLM* make_multi() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* multi = curl_multi_init();
  CHECK(multi != nullptr);
  return multi;
}

}  // namespace

struct Client::State {
  CURLM* multi = make_multi();
  std::mutex mutex;
  bool stopping = false;                               // guarded by mutex
  std::vector<std::shared_ptr<ClientTransfer>> fresh;  // guarded by mutex: not yet with libcurl
  std::unordered_map<CURL*, std::shared_ptr<ClientTransfer>> running;  // the thread's own
  std::thread thread;

  ~State() { curl_multi_cleanup(multi); }

  void run();
  bool take_fresh();
  void end_finished();
  void end_cancelled();
  // Ends what is stalled; how long nothing else can stall, at most `most_ms`.
  [[nodiscard]] int end_stalled(int most_ms);
  void end_all();
  void end(CURL* handle, CURLcode code);
};

void Client::State::run() {
  while (take_fresh()) {
    int n_running = 0;
    curl_multi_perform(multi, &n_running);
    end_finished();
    end_cancelled();
    curl_multi_poll(multi, nullptr, 0, end_stalled(kPollMs), nullptr);
  }
  end_all();
}

// Hands new transfers to libcurl; false when the client is being destroyed.
bool Client::State::take_fresh() {
  std::vector<std::shared_ptr<ClientTransfer>> taken;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    taken.swap(fresh);
  }
  for (std::shared_ptr<ClientTransfer>& transfer : taken) {
    CURL* handle = transfer->handle();
    if (handle == nullptr || curl_multi_add_handle(multi, handle) != CURLM_OK) {
      transfer->end(CURLE_OUT_OF_MEMORY);
      continue;
    }
    running.emplace(handle, std::move(transfer));
  }
  return true;
}

void Client::State::end_finished() {
  int n_left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &n_left)) {
    if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
  }
}

void Client::State::end_cancelled() {
  std::vector<CURL*> cancelled;
  for (const auto& [handle, transfer] : running) {
    if (transfer->cancelled()) cancelled.push_back(handle);
  }
  for (CURL* handle : cancelled) end(handle, CURLE_ABORTED_BY_CALLBACK);
}

int Client::State::end_stalled(int most_ms) {
  const auto now = std::chrono::steady_clock::now();
  int64_t wait_ms = most_ms;
  std::vector<CURL*> stalled;
  for (const auto& [handle, transfer] : running) {
    const std::optional<int64_t> left = transfer->until_stalled(now);
    if (left && *left <= 0) stalled.push_back(handle);
    if (left && *left > 0) wait_ms = std::min(wait_ms, *left);
  }
  for (CURL* handle : stalled) end(handle, CURLE_OPERATION_TIMEDOUT);
  return static_cast<int>(wait_ms);
}

void Client::State::end(CURL* handle, CURLcode code) {
  const auto at = running.find(handle);
  if (at == running.end()) return;
  const std::shared_ptr<ClientTransfer> transfer = std::move(at->second);
  running.erase(at);
  transfer->end(code);
  curl_multi_remove_handle(multi, handle);
}

void Client::State::end_all() {
  for (const auto& [handle, transfer] : running) curl_multi_remove_handle(multi, handle);
  std::vector<std::shared_ptr<ClientTransfer>> left;
  for (const auto& [handle, transfer] : running) left.push_back(transfer);
  running.clear();
  // A listener may start another request when its own ends.
  while (true) {
    {
      const std::lock_guard lock(mutex);
      left.insert(left.end(), fresh.begin(), fresh.end());
      fresh.clear();
    }
    if (left.empty()) return;
    for (const std::shared_ptr<ClientTransfer>& transfer : std::exchange(left, {})) {
      transfer->cancel();
      transfer->end(CURLE_ABORTED_BY_CALLBACK);
    }
  }
}

namespace {

// Holds the transfer weakly: libcurl's objects are freed on the client's thread alone.
class Call : public ClientCall {
 public:
  Call(std::weak_ptr<ClientTransfer> transfer, std::function<void()> wake)
      : transfer_(std::move(transfer)), wake_(std::move(wake)) {}

  void cancel() override {
    const std::shared_ptr<ClientTransfer> transfer = transfer_.lock();
    if (transfer == nullptr) return;
    transfer->cancel();
    wake_();
  }

 private:
  std::weak_ptr<ClientTransfer> transfer_;
  std::function<void()> wake_;
};

}  // namespace

Client::Client() : state_(std::make_shared<State>()) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Client::~Client() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  curl_multi_wakeup(state_->multi);
  state_->thread.join();
}

std::shared_ptr<ClientCall> Client::start(ClientRequest request, std::shared_ptr<ClientListener> listener) {
  auto transfer = std::make_shared<ClientTransfer>(std::move(request), std::move(listener));
  auto call = std::make_shared<Call>(transfer, [state = std::weak_ptr(state_)] {
    if (const std::shared_ptr<State> alive = state.lock()) curl_multi_wakeup(alive->multi);
  });
  {
    const std::lock_guard lock(state_->mutex);
    state_->fresh.push_back(std::move(transfer));
  }
  curl_multi_wakeup(state_->multi);
  return call;
}

}  // namespace samovar::http
