#include "chat/shared_run.h"

#include <utility>

#include "chat/events.h"
#include "chat/records_json.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::MessageState;

constexpr std::string_view kPrefix = "s-";
constexpr int kLookEveryMs = 400;
constexpr int kLooksUnread = 3;  // then nobody wants it
constexpr int kLooksUnconfirmed = 10;

struct Seen {
  history::Chat chat;
  Message answer;
};

Result<Seen> look(history::Store& store, const std::string& owner, const SharedRun& run) {
  Result<history::Chat> chat = find_needed_chat(store, owner, run.chat);
  if (!chat) return chat.error();
  const std::string& id = run.answer.empty() ? chat->leaf : run.answer;
  Result<std::optional<Message>> answer = store.find_message(chat->key, id);
  if (!answer) return answer.error();
  if (!*answer) return Error{Code::kNotFound, "message '" + id + "' not found in this chat"};
  return Seen{*std::move(chat), **std::move(answer)};
}

std::string encode_stored_end(const Message& answer) {
  const bool failed = answer.state == MessageState::kFailed || answer.state == MessageState::kCut;
  std::string line = "{\"type\":";
  line += failed                                   ? "\"run-failed\""
          : answer.state == MessageState::kStopped ? "\"run-stopped\""
                                                   : "\"stats-final\"";
  if (answer.stats_json.size() > 2) line += "," + answer.stats_json.substr(1, answer.stats_json.size() - 2);
  if (answer.state == MessageState::kComplete) line += ",\"reason\":" + wire::to_json_string(answer.reason);
  if (failed) {
    const bool cut = answer.state == MessageState::kCut;
    line += ",\"code\":" + wire::to_json_string(cut ? "cut" : answer.error_code) + ",\"message\":" +
            wire::to_json_string(cut ? "the server that wrote this answer is gone" : answer.error_message);
  }
  return line + ",\"saved\":true}\n";
}

// Reads the store again and again, and tells the difference.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(Context context, std::string owner, SharedRun run)
      : context_(std::move(context)), owner_(std::move(owner)), run_(std::move(run)) {}

  [[nodiscard]] const std::shared_ptr<EventLog>& log() const { return log_; }

  void look_again() {
    context_->archive_of(run_.chat).read<Seen>(
        [owner = owner_, run = run_](history::Store& store) { return look(store, owner, run); },
        [self = shared_from_this()](const Result<Seen>& seen) { self->take(seen); });
  }

 private:
  void take(const Result<Seen>& seen) {
    // A database that is gone for a moment comes back; what is not there does not.
    if (!seen && seen.error().code == Code::kNotFound) return log_->close();
    const bool ended = seen && has_ended(seen->answer);
    if (seen) tell(*seen, ended);
    if (ended) return log_->close();
    n_unread_ = log_->n_readers() == 0 ? n_unread_ + 1 : 0;
    if (n_unread_ >= kLooksUnread || !context_->deps.post_later) return log_->close();
    context_->deps.post_later([self = shared_from_this()] { self->look_again(); }, kLookEveryMs);
  }

  // Somebody's wish to stop it may have come too late: the server that writes it says how it really ended,
  // with its figures. One that is gone never does.
  bool has_ended(const Message& answer) {
    if (answer.state != MessageState::kStopped || !answer.stats_json.empty())
      return answer.state != MessageState::kStreaming;
    return ++n_unconfirmed_ > kLooksUnconfirmed;
  }

  void tell(const Seen& seen, bool ended) {
    const Message& answer = seen.answer;
    if (log_->last() == 0) {
      log_->append(encode_run_began({.run = shared_run_id(run_),
                                     .chat = seen.chat.id,
                                     .model = answer.model,
                                     .question_json = "null",
                                     .answer_json = encode_message(answer, shared_run_id(run_))}));
      log_->append(encode_text_start());
    } else {
      add_new(answer.thinking, thinking_, encode_thinking);
      add_new(answer.content, content_, encode_text);
    }
    thinking_ = answer.thinking;
    content_ = answer.content;
    if (ended) log_->append(encode_stored_end(answer));
  }

  void add_new(const std::string& now, const std::string& before, std::string (*encode)(std::string_view)) {
    if (now.size() > before.size() && now.starts_with(before))
      log_->append(encode(std::string_view(now).substr(before.size())));
  }

  const Context context_;
  const std::string owner_;
  const SharedRun run_;
  const std::shared_ptr<EventLog> log_ = std::make_shared<EventLog>();
  // One look at a time uses these.
  std::string thinking_;
  std::string content_;
  int n_unread_ = 0;
  int n_unconfirmed_ = 0;
};

}  // namespace

std::string shared_run_id(const SharedRun& run) { return std::string(kPrefix) + run.answer + "." + run.chat; }

std::optional<SharedRun> parse_shared_run(std::string_view id) {
  const size_t dot = id.find('.');
  if (!id.starts_with(kPrefix) || dot == std::string_view::npos) return std::nullopt;
  SharedRun run{.chat = std::string(id.substr(dot + 1)),
                .answer = std::string(id.substr(kPrefix.size(), dot - kPrefix.size()))};
  if (!is_id(run.chat) || !is_id(run.answer)) return std::nullopt;
  return run;
}

std::string run_of_message(const Service& service, const history::Chat& chat, const Message& message) {
  std::string own = service.registry.run_of_answer(chat.owner, chat.id, message.id);
  if (!own.empty() || message.state != MessageState::kStreaming) return own;
  return service.archive_of(chat.id).is_shared() ? shared_run_id({.chat = chat.id, .answer = message.id})
                                                 : "";
}

std::shared_ptr<EventLog> follow_shared_run(const Context& context, const std::string& owner,
                                            const SharedRun& run) {
  const auto follower = std::make_shared<Follower>(context, owner, run);
  follower->look_again();
  return follower->log();
}

void stop_shared_run(const Context& context, const std::string& owner, const SharedRun& run) {
  context->archive_of(run.chat).write<void>(
      [owner, run](history::Store& store) -> Result<void> {
        Result<Seen> seen = look(store, owner, run);
        if (!seen) return seen.error();
        if (seen->answer.state != MessageState::kStreaming) return {};
        seen->answer.state = MessageState::kStopped;
        return store.put_message(seen->answer);
      },
      [](const Result<void>&) {});  // there is nothing to stop, then
}

}  // namespace samovar::chat
