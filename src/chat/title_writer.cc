#include "chat/title_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "chat/endpoints.h"
#include "chat/events.h"

namespace samovar::chat {
namespace {

constexpr size_t kMostTasks = 32;
constexpr int kMostTries = 6;
constexpr int kQuietMs = 2000;            // after an answer: its reader may ask on
constexpr double kLeastParameters = 5e8;  // smaller models write worse titles than the first words are
constexpr int kMostTitleTokens = 32;
constexpr int64_t kMostTitleCharacters = 60;
constexpr int64_t kTitleDeadlineMs = 120'000;

std::string_view trimmed(std::string_view text, std::string_view what) {
  const size_t from = text.find_first_not_of(what);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(what) - from + 1);
}

// Writes the title unless somebody has named the conversation meanwhile.
Result<std::optional<history::Chat>> put_title(history::Store& store, const TitleTask& task,
                                               const std::string& title) {
  Result<std::optional<history::Chat>> chat = store.find_chat(task.owner, task.chat);
  if (!chat) return chat.error();
  if (!*chat || (*chat)->deleted_ms != 0 || (*chat)->title_by != "text")
    return std::optional<history::Chat>();
  (*chat)->title = title;
  (*chat)->title_by = "model";
  if (const auto put = store.put_chat(**chat); !put) return put.error();
  return chat;
}

}  // namespace

std::string clean_title(std::string_view answer) {
  constexpr std::string_view kSpace = " \t\r\n";
  constexpr std::string_view kMarks = " \t\r\n\"'`*#_.:";
  answer = trimmed(answer, kSpace);
  answer = trimmed(answer.substr(0, answer.find('\n')), kMarks);
  for (const std::string_view lead : {"Title:", "title:", "Название:", "Заголовок:"}) {
    if (answer.starts_with(lead)) answer = trimmed(answer.substr(lead.size()), kMarks);
  }
  for (const auto& [open, close] :
       {std::pair<std::string_view, std::string_view>("«", "»"), {"“", "”"}, {"„", "“"}}) {
    if (!answer.starts_with(open) || !answer.ends_with(close)) continue;
    answer = answer.substr(open.size(), answer.size() - std::min(answer.size(), open.size() + close.size()));
  }
  const int64_t n = static_cast<int64_t>(count_characters(answer));
  return n < 2 || n > kMostTitleCharacters ? "" : std::string(answer);
}

double parameter_count(std::string_view text) {
  double number = 0.0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end == text.data() + text.size()) return 0.0;
  switch (*end) {
    case 'K':
      return number * 1e3;
    case 'M':
      return number * 1e6;
    case 'B':
      return number * 1e9;
    default:
      return 0.0;
  }
}

// One generation. The service, which owns the writer, lives as long as it.
class TitleWriter::Attempt : public backend::Listener, public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(std::shared_ptr<Service> service, TitleTask task)
      : service_(std::move(service)), task_(std::move(task)) {}

  [[nodiscard]] backend::Request request() const {
    backend::Request request = task_.request;
    request.yields = true;
    request.think = false;
    request.format_json.clear();
    request.deadline_ms = kTitleDeadlineMs;
    request.options.temperature = 0.0F;
    request.options.num_predict = kMostTitleTokens;
    request.options.stop.reset();
    return request;
  }

  void attach(std::shared_ptr<backend::Run> run) {
    {
      const std::lock_guard lock(mutex_);
      run_ = std::move(run);
      if (!cancelling_) return;
    }
    cancel();
  }
  void cancel() {
    std::shared_ptr<backend::Run> run;
    {
      const std::lock_guard lock(mutex_);
      cancelling_ = true;
      run = run_;
    }
    if (run) run->cancel();
  }
  [[nodiscard]] bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelling_;
  }

  void on_piece(backend::Piece piece) override { answer_ += piece.content; }
  void on_done(backend::Summary summary) override {
    give(summary.done_reason == "length" ? std::string() : clean_title(answer_));
  }
  void on_failed(Error error) override { give(error); }
  void give(const Result<std::string>& title) {
    {
      const std::lock_guard lock(mutex_);
      run_.reset();
    }
    service_->titles.end(service_, task_, title);
  }

 private:
  const std::shared_ptr<Service> service_;
  const TitleTask task_;
  std::string answer_;
  std::mutex mutex_;
  std::shared_ptr<backend::Run> run_;  // guarded by mutex_
  bool cancelling_ = false;            // guarded by mutex_
};

void TitleWriter::add(TitleTask task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (tasks_.size() > kMostTasks) tasks_.pop_front();
}

void TitleWriter::try_later(const std::shared_ptr<Service>& service) {
  const Deps& deps = service->deps;
  if (!deps.post_later || !deps.setup.features.titles || deps.backend_kind != "engine") return;
  int n_tries = 0;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || tasks_.empty() || attempt_ || std::exchange(waiting_, true)) return;
    n_tries = tasks_.front().n_tries;
  }
  deps.post_later(
      [weak = std::weak_ptr<Service>(service)] {
        if (const auto again = weak.lock()) again->titles.try_now(again);
      },
      kQuietMs << n_tries);
}

void TitleWriter::try_now(const std::shared_ptr<Service>& service) {
  std::shared_ptr<Attempt> attempt;
  const bool idle = service->registry.is_idle();
  {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    // The end of what is under way will look again.
    if (tasks_.empty() || attempt_ || !idle) return;
    attempt = std::make_shared<Attempt>(service, std::move(tasks_.front()));
    tasks_.pop_front();
    attempt_ = attempt;
  }
  ask(service, attempt);
}

void TitleWriter::ask(const std::shared_ptr<Service>& service, const std::shared_ptr<Attempt>& attempt) {
  backend::Request request = attempt->request();
  // A model is not loaded for a title.
  service->deps.backend->list_loaded([service, attempt, request = std::move(request)](
                                         Result<std::vector<backend::LoadedModel>> loaded) mutable {
    if (!loaded) return attempt->give(std::string());
    const auto fits = [&](const backend::LoadedModel& model) {
      return is_same_model(model.summary.name, request.model) &&
             parameter_count(model.summary.facts.parameter_size) >= kLeastParameters;
    };
    if (std::none_of(loaded->begin(), loaded->end(), fits)) return attempt->give(std::string());
    if (attempt->cancelled()) return attempt->give(Error{Code::kCancelled, "somebody asks"});
    attempt->attach(service->deps.backend->generate(std::move(request), attempt));
  });
}

void TitleWriter::make_way() {
  std::shared_ptr<Attempt> attempt;
  {
    const std::lock_guard lock(mutex_);
    attempt = attempt_;
  }
  if (attempt) attempt->cancel();
}

void TitleWriter::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    tasks_.clear();
  }
  make_way();
}

void TitleWriter::end(const std::shared_ptr<Service>& service, TitleTask task,
                      const Result<std::string>& title) {
  const bool again = !title && (title.error().code == Code::kCancelled || title.error().code == Code::kBusy);
  {
    const std::lock_guard lock(mutex_);
    attempt_.reset();
    if (again && !closed_ && ++task.n_tries < kMostTries) tasks_.push_back(task);
  }
  try_later(service);
  if (!title || title->empty()) return;
  service->archive_of(task.chat).write<std::optional<history::Chat>>(
      [task, title = *title](history::Store& store) { return put_title(store, task, title); },
      [service](Result<std::optional<history::Chat>> chat) {
        if (chat && *chat) service->tell_chat(**chat);
      });
}

}  // namespace samovar::chat
