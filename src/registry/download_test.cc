#include "registry/download.h"

#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <thread>

#include "catalog/digest.h"
#include "catalog/test_gguf.h"
#include "http/test_client.h"

namespace samovar::registry {
namespace {
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int64_t kMegabyte = int64_t{1} << 20U;

// A server of one file, whose ranges behave as the test says.
class DownloadTest : public ::testing::Test {
 protected:
  enum class Fault { kNone, kStall, kFail, kWrongRange, kShort, kLong, kNoRanges };

  DownloadTest() : stem_(directory_.path() / "blobs" / "sha256-x") {
    content_.resize(40 * kMegabyte);
    for (size_t i = 0; i < content_.size(); ++i) content_[i] = static_cast<char>(i * 2654435761U >> 24U);
    auto router = std::make_shared<http::Router>();
    router->add("GET", "/file",
                [this](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
                  serve(std::string(request.header("Range")), std::move(writer));
                });
    server_ = std::make_unique<http::TestServer>(router);
    url_ = "http://127.0.0.1:" + std::to_string(server_->port());
    options_.retry_delay = milliseconds(5);
    options_.stall = milliseconds(200);
    options_.report = milliseconds(5);
  }
  ~DownloadTest() override {
    held_.clear();
    server_.reset();
  }

  void serve(const std::string& range, std::shared_ptr<http::ResponseWriter> writer) {
    const std::lock_guard lock(mutex_);
    size_t first = 0;
    size_t last = content_.size() - 1;
    std::sscanf(range.c_str(), "bytes=%zu-%zu", &first, &last);
    const bool is_probe = first == 0 && last == 0;
    if (!is_probe) ranges_.push_back(range);
    const Fault fault = is_probe && fault_ != Fault::kNoRanges ? Fault::kNone
                        : n_faults_-- > 0                      ? fault_
                                                               : Fault::kNone;
    if (fault == Fault::kFail) return writer->send({.status = 500, .headers = {}, .body = "no"});
    if (fault == Fault::kNoRanges) return writer->send({.status = 200, .headers = {}, .body = content_});
    std::string body = content_.substr(first, last - first + 1);
    const size_t shown = fault == Fault::kWrongRange ? first + 1 : first;
    const http::Headers headers = {{"Content-Range", "bytes " + std::to_string(shown) + "-" +
                                                         std::to_string(last) + "/" +
                                                         std::to_string(content_.size())}};
    if (fault == Fault::kShort) body.resize(body.size() / 2);
    if (fault == Fault::kLong) body += "more than was asked for";
    if (fault != Fault::kStall) return writer->send({.status = 206, .headers = headers, .body = body});
    writer->start(206, headers);
    writer->write(body.substr(0, 1000));
    held_.push_back(std::move(writer));
  }

  void misbehave(Fault fault, int times) {
    fault_ = fault;
    n_faults_ = times;
  }

  Result<void> run() {
    http::Client client;
    Session session(client, stop_, {.base_url = url_});
    auto file = PartFile::open(stem_, static_cast<int64_t>(content_.size()));
    if (!file) return file.error();
    const Result<void> done = download(session, "/file", **file, options_, [this](int64_t completed) {
      EXPECT_GE(completed, last_progress_);
      last_progress_ = completed;
      if (stop_at_ > 0 && completed >= stop_at_) stop_.request();
    });
    n_parts_ = (*file)->parts().size();
    return done;
  }

  void expect_whole() {
    std::ifstream in(stem_.string() + "-partial", std::ios::binary);
    const std::string got{std::istreambuf_iterator<char>(in), {}};
    EXPECT_TRUE(got == content_);
  }

  catalog::TestDirectory directory_;
  fs::path stem_;
  std::string content_;
  std::unique_ptr<http::TestServer> server_;
  std::string url_;
  DownloadOptions options_;
  Stop stop_;
  int64_t last_progress_ = 0;
  int64_t stop_at_ = 0;
  size_t n_parts_ = 0;
  std::mutex mutex_;
  Fault fault_ = Fault::kNone;
  int n_faults_ = 0;
  std::vector<std::string> ranges_;
  std::vector<std::shared_ptr<http::ResponseWriter>> held_;
};

TEST_F(DownloadTest, ComesInParallelRanges) {
  const Result<void> done = run();
  ASSERT_TRUE(done) << done.error().message;
  expect_whole();
  EXPECT_EQ(n_parts_, 3U);
  EXPECT_EQ(ranges_.size(), 3U);
  EXPECT_EQ(last_progress_, 40 * kMegabyte);
}

TEST_F(DownloadTest, AStalledRangeIsAskedForAnewFromWhereItWas) {
  misbehave(Fault::kStall, 1);
  const Result<void> done = run();
  ASSERT_TRUE(done) << done.error().message;
  expect_whole();
  EXPECT_EQ(ranges_.size(), 4U);
}

TEST_F(DownloadTest, ShortAnswersAndErrorsAreTriedAgain) {
  for (const Fault fault : {Fault::kShort, Fault::kFail, Fault::kLong}) {
    fs::remove_all(stem_.parent_path());
    last_progress_ = 0;
    misbehave(fault, 2);
    const Result<void> done = run();
    ASSERT_TRUE(done) << done.error().message;
    expect_whole();
  }
}

TEST_F(DownloadTest, WhatNeverWorksEndsWithTheReason) {
  options_.max_tries = 3;
  misbehave(Fault::kFail, 1000);
  Result<void> done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the server answered a range with status 500 (3 tries)");
  misbehave(Fault::kWrongRange, 1000);
  done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kCorrupt);
  EXPECT_NE(done.error().message.find("another range than was asked for"), std::string::npos);
}

TEST_F(DownloadTest, WithoutRangesItComesInOnePiece) {
  misbehave(Fault::kNoRanges, 1000);
  const Result<void> done = run();
  ASSERT_TRUE(done) << done.error().message;
  expect_whole();
  EXPECT_EQ(n_parts_, 1U);
}

TEST_F(DownloadTest, StoppedItGoesOnLater) {
  options_.n_streams = 1;
  stop_at_ = 16 * kMegabyte;
  const Result<void> stopped = run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
  Stop fresh;
  http::Client client;
  Session session(client, fresh, {.base_url = url_});
  auto file = PartFile::open(stem_, static_cast<int64_t>(content_.size()));
  ASSERT_TRUE(file);
  const int64_t kept = (*file)->completed_bytes();
  EXPECT_GE(kept, 16 * kMegabyte);
  ranges_.clear();
  ASSERT_TRUE(download(session, "/file", **file, options_,
                       [kept](int64_t completed) { EXPECT_GE(completed, kept); }));
  expect_whole();
  for (const std::string& range : ranges_) EXPECT_FALSE(range.starts_with("bytes=0-")) << range;
}

TEST_F(DownloadTest, AFileOfAnotherSizeIsRefused) {
  http::Client client;
  Session session(client, stop_, {.base_url = url_});
  auto file = PartFile::open(stem_, 1000);
  ASSERT_TRUE(file);
  const Result<void> done = download(session, "/file", **file, options_, [](int64_t) {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the server has 41943040 bytes instead of 1000");
}

TEST_F(DownloadTest, OnlyOneDownloadsAFileAtATime) {
  auto file = PartFile::open(stem_, 1000);
  ASSERT_TRUE(file);
  EXPECT_EQ(PartFile::open(stem_, 1000).error().code, Code::kBusy);
  file->reset();
  EXPECT_TRUE(PartFile::open(stem_, 1000).ok());
}

TEST_F(DownloadTest, RecordsThatMakeNoSenseAreNotBelieved) {
  const std::string record = stem_.string() + "-partial-0";
  for (const char* text :
       {"", "{", "[]", R"({"N":0,"Offset":0,"Size":1000,"Completed":2000})",
        R"({"N":0,"Offset":5,"Size":995,"Completed":0})", R"({"N":0,"Offset":0,"Size":-1})",
        R"({"N":0,"Offset":0,"Size":9000000000000000000,"Completed":0})",
        R"({"N":0,"Offset":0,"Size":999,"Completed":999})"}) {
    {
      ASSERT_TRUE(PartFile::open(stem_, 1000).ok());
    }
    std::ofstream(record) << text;
    const auto file = PartFile::open(stem_, 1000);
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->completed_bytes(), 0) << text;
  }
  std::ofstream(record) << R"({"N":0,"Offset":0,"Size":1000,"Completed":600})";
  EXPECT_EQ((*PartFile::open(stem_, 1000))->completed_bytes(), 600) << "one that Ollama wrote";
  EXPECT_EQ((*PartFile::open(stem_, 2000))->completed_bytes(), 0) << "of another file";
  EXPECT_FALSE(PartFile::open(stem_, int64_t{1} << 60).ok()) << "no disk is that large";
}

}  // namespace
}  // namespace samovar::registry
