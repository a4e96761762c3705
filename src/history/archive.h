// A store off the server's thread: writes on one thread, many to a transaction, reads on another. What a
// callback reports as written is on disk. Thread-safe; callbacks run on the archive's threads and must not
// wait for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "history/news.h"
#include "history/store.h"

namespace samovar::history {

class Archive {
 public:
  // `reader` reads the same conversations; null: reading is done by `writer`, between the writes (a store in
  // memory).
  Archive(std::unique_ptr<Store> writer, std::unique_ptr<Store> reader);
  ~Archive();  // finishes what was asked for
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  template <typename T>
  using Work = std::function<Result<T>(Store&)>;
  template <typename T>
  using Done = std::function<void(Result<T>)>;

  // Runs `work` inside a transaction; a failure takes back all that it did, and only that. It may be run
  // again when the whole transaction fails: it must not change what it has captured.
  template <typename T>
  void write(Work<T> work, Done<T> done) {
    add_write(make_job(std::move(work), std::move(done)));
  }
  // As write(), but what fails because of the disk is tried again every few seconds until it is written;
  // `done` is called after the first try and, if that failed, once more when it is written.
  void write_surely(Work<void> work, Done<void> done);

  // Whether other servers may be at work on the same conversations.
  [[nodiscard]] bool is_shared() const { return writer_->is_shared(); }

  // Tells whose conversations other servers have changed ("": anybody's), on a thread of its own, until the
  // archive is gone; nothing where there are no others.
  void follow_news(News::OnNews on_news);
  // Where they are, of an archive in PostgreSQL. Before anybody follows.
  void set_shared_url(std::string url) { shared_url_ = std::move(url); }

  // Keeps `what` until the archive is gone: the lock on its folder.
  void hold(std::shared_ptr<void> what) { held_ = std::move(what); }

  template <typename T>
  void read(Work<T> work, Done<T> done) {
    add_read(make_job(std::move(work), std::move(done)));
  }

 private:
  struct Job {
    std::function<Result<void>(Store&)> work;
    std::function<void(Result<void>)> done;
    bool insists = false;
  };
  template <typename T>
  static Job make_job(Work<T> work, Done<T> done);

  void add_write(Job job);
  void add_read(Job job);
  void run_writer();
  void run_reader();
  void write_all(std::deque<Job> jobs, int n_tries = 0);
  [[nodiscard]] bool is_worth_another_try(const Result<void>& result, int n_tries) const;
  void finish(Job job, const Result<void>& result);
  static Result<void> run_marked(Store& store, const Job& job);

  std::shared_ptr<void> held_;  // given back last
  std::string shared_url_;
  std::unique_ptr<News> news_;
  const std::unique_ptr<Store> writer_;
  const std::unique_ptr<Store> reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> writes_;   // guarded by mutex_
  std::deque<Job> reads_;    // guarded by mutex_
  std::deque<Job> retries_;  // guarded by mutex_; oldest first
  bool ending_ = false;      // guarded by mutex_
  std::thread write_thread_;
  std::thread read_thread_;
};

template <typename T>
Archive::Job Archive::make_job(Work<T> work, Done<T> done) {
  if constexpr (std::is_void_v<T>) {
    return {std::move(work), std::move(done)};
  } else {
    auto value = std::make_shared<std::optional<T>>();
    return {[value, work = std::move(work)](Store& store) -> Result<void> {
              Result<T> result = work(store);
              if (!result) return result.error();
              *value = *std::move(result);
              return {};
            },
            [value, done = std::move(done)](Result<void> result) {
              if (!result) return done(result.error());
              done(*std::move(*value));
            }};
  }
}

struct Opened {
  std::unique_ptr<Archive> archive;
  std::string notice;  // for people: the store had to be begun anew; else ""
  int64_t n_cut = 0;   // answers that were unfinished
};

// Where conversations are: the PostgreSQL database at `url`, or, without one, the SQLite file in `folder`,
// which is made when it is missing. Copies that are made before changes go into the folder in both cases.
struct Place {
  std::filesystem::path folder;
  std::string url;
};

// A damaged SQLite file is put aside and a new one begun. Fails with kUnsupported for a newer program's
// tables, kIo when the folder cannot be written, and as PostgresDatabase::open does.
[[nodiscard]] Result<Opened> open_archive(const Place& place);
[[nodiscard]] Result<Opened> open_archive_in_memory();

}  // namespace samovar::history
