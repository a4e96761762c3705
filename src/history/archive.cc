#include "history/archive.h"

#include <chrono>
#include <random>

#include "history/server_number.h"

namespace samovar::history {
namespace {

constexpr auto kRetryAfter = std::chrono::seconds(5);
constexpr int kMostTries = 12;  // after a deadlock

// What may succeed later without anybody changing the request.
bool may_pass(const Error& error) {
  return error.code == Code::kIo || error.code == Code::kBusy || error.code == Code::kOutOfMemory;
}

// Not as long as the other server, which may be trying the same again.
void pause_before_try(int n_tries) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  constexpr int kStepMs = 20;
  std::this_thread::sleep_for(std::chrono::milliseconds(static_cast<int>(random() % kStepMs) * n_tries));
}

}  // namespace

Archive::Archive(std::unique_ptr<Store> writer, std::unique_ptr<Store> reader)
    : writer_(std::move(writer)), reader_(std::move(reader)) {
  write_thread_ = std::thread([this] { run_writer(); });
  if (reader_) read_thread_ = std::thread([this] { run_reader(); });
}

Archive::~Archive() {
  news_.reset();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  write_thread_.join();
  if (read_thread_.joinable()) read_thread_.join();
}

void Archive::follow_news(News::OnNews on_news) {
  if (!shared_url_.empty()) news_ = std::make_unique<News>(shared_url_, server_number(), std::move(on_news));
}

void Archive::write_surely(Work<void> work, Done<void> done) {
  add_write({.work = std::move(work), .done = std::move(done), .insists = true});
}

void Archive::add_write(Job job) {
  {
    const std::lock_guard lock(mutex_);
    writes_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Archive::add_read(Job job) {
  if (!reader_) return add_write(std::move(job));
  {
    const std::lock_guard lock(mutex_);
    reads_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Archive::run_writer() {
  for (;;) {
    std::deque<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      const auto is_due = [&] { return !writes_.empty() || ending_; };
      // Idle without anything to try again: no timer runs.
      if (retries_.empty()) {
        changed_.wait(lock, is_due);
      } else {
        changed_.wait_for(lock, kRetryAfter, is_due);
      }
      jobs.swap(retries_);
      for (Job& job : writes_) jobs.push_back(std::move(job));
      writes_.clear();
      if (jobs.empty() && ending_) return;
    }
    if (!jobs.empty()) write_all(std::move(jobs));
  }
}

void Archive::run_reader() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !reads_.empty() || ending_; });
      if (reads_.empty()) return;
      job = std::move(reads_.front());
      reads_.pop_front();
    }
    job.done(job.work(*reader_));
  }
}

Result<void> Archive::run_marked(Store& store, const Job& job) {
  if (const auto marked = store.transact(Store::Step::kMark); !marked) return marked.error();
  Result<void> result = job.work(store);
  const auto step = result ? Store::Step::kForgetMark : Store::Step::kBackToMark;
  const Result<void> ended = store.transact(step);
  // A full disk rolls the whole transaction back by itself: then there is no mark any more.
  if (result && !ended) return ended.error();
  return result;
}

// All of them in one transaction: the disk is waited for once.
void Archive::write_all(std::deque<Job> jobs, int n_tries) {
  std::deque<Result<void>> results;
  Result<void> whole = writer_->transact(Store::Step::kBegin);
  const bool begun = whole.ok();
  for (const Job& job : jobs) results.push_back(whole ? run_marked(*writer_, job) : whole);
  if (begun) whole = writer_->transact(Store::Step::kCommit);
  if (begun && !whole) static_cast<void>(writer_->transact(Store::Step::kRollBack));
  if (begun && !whole && jobs.size() > 1) {
    // One of them may be too much for the disk: each by itself then.
    for (Job& job : jobs) {
      std::deque<Job> one;
      one.push_back(std::move(job));
      write_all(std::move(one), n_tries);
    }
    return;
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    const Result<void>& result = results[i] && !whole ? whole : results[i];
    if (!is_worth_another_try(result, n_tries)) {
      finish(std::move(jobs[i]), result);
      continue;
    }
    pause_before_try(n_tries + 1);
    std::deque<Job> one;
    one.push_back(std::move(jobs[i]));
    write_all(std::move(one), n_tries + 1);
  }
}

// Two servers waited for each other: the one that the database chose to fail may do the same again.
bool Archive::is_worth_another_try(const Result<void>& result, int n_tries) const {
  return !result && result.error().code == Code::kBusy && writer_->is_shared() && n_tries < kMostTries;
}

void Archive::finish(Job job, const Result<void>& result) {
  const auto done = result || job.done ? std::exchange(job.done, {}) : std::function<void(Result<void>)>();
  if (result || !job.insists || !may_pass(result.error())) {
    if (done) done(result);
    return;
  }
  if (done) {
    done(result);
    // Told once; the next news is that it is written.
    job.done = [done](Result<void> later) {
      if (later) done(std::move(later));
    };
  }
  const std::lock_guard lock(mutex_);
  if (!ending_) retries_.push_back(std::move(job));
}

}  // namespace samovar::history
