#include "accounts/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace samovar::accounts {
namespace {

constexpr size_t kMostWaiting = 64;  // ten seconds' worth
constexpr size_t kMostNameBytes = 100;

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  CHECK(sodium_init() >= 0);
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{Code::kOutOfMemory, "there is no memory to hash a password: 64 MB are needed"};
  }
  return std::string(out.data());
}

bool verify_password(const std::string& hash, std::string_view password) {
  CHECK(sodium_init() >= 0);
  // Of no password that anybody knows.
  static const Result<std::string> nobody = hash_password("\x01 nobody \x02");
  const bool is_hash = hash.starts_with("$argon2id$") && hash.size() < crypto_pwhash_STRBYTES;
  if (!is_hash && !nobody) return false;
  const std::string& tried = is_hash ? hash : *nobody;
  const bool fits = crypto_pwhash_str_verify(tried.c_str(), password.data(), password.size()) == 0;
  return fits && is_hash;
}

Result<void> check_new_password(std::string_view password, std::string_view name) {
  if (password.size() > kMostPasswordBytes) {
    return Error{Code::kInvalidArgument,
                 "password: at most " + std::to_string(kMostPasswordBytes) + " bytes are allowed"};
  }
  if (count_characters(password) < kFewestLetters) {
    return Error{Code::kInvalidArgument,
                 "password: at least " + std::to_string(kFewestLetters) + " characters are needed"};
  }
  if (password == name) return Error{Code::kInvalidArgument, "password: it must not be the name"};
  if (std::all_of(password.begin(), password.end(), [&](char c) { return c == password.front(); }))
    return Error{Code::kInvalidArgument, "password: one and the same character is too easy"};
  return {};
}

Result<void> check_new_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.empty()) return Error{Code::kInvalidArgument, "name: it must not be empty"};
  if (name.size() > kMostNameBytes) {
    return Error{Code::kInvalidArgument,
                 "name: at most " + std::to_string(kMostNameBytes) + " bytes are allowed"};
  }
  if (name.front() == ' ' || name.back() == ' ' || std::any_of(name.begin(), name.end(), is_control)) {
    return Error{Code::kInvalidArgument, "name: no blanks at its ends and no control characters"};
  }
  return {};
}

PasswordWorker::PasswordWorker() : thread_([state = state_] { work(*state); }) {}

PasswordWorker::~PasswordWorker() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

bool PasswordWorker::run(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->ending || state_->tasks.size() >= kMostWaiting) return false;
    state_->tasks.push_back(std::move(task));
  }
  state_->changed.notify_all();
  return true;
}

void PasswordWorker::work(State& state) {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(state.mutex);
      state.changed.wait(lock, [&] { return !state.tasks.empty() || state.ending; });
      if (state.tasks.empty()) return;
      task = std::move(state.tasks.front());
      state.tasks.pop_front();
    }
    task();
  }
}

}  // namespace samovar::accounts
