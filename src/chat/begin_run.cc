#include "chat/begin_run.h"

#include "chat/records_json.h"
#include "chat/run_settings.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::MessageState;
using history::Role;
using history::Store;

Error no_message(const std::string& id) {
  return {Code::kNotFound, "message '" + id + "' not found in this chat"};
}

Result<Message> find_needed(Store& store, int64_t chat, const std::string& id) {
  Result<std::optional<Message>> found = store.find_message(chat, id);
  if (!found) return found.error();
  if (!*found) return no_message(id);
  return **std::move(found);
}

Result<history::Chat> open_chat(Store& store, const BeginRun& begin, bool& is_new) {
  Result<std::optional<history::Chat>> found = store.find_chat(begin.owner, begin.chat_id);
  if (!found) return found.error();
  history::Chat chat;
  is_new = !found->has_value();
  if (!is_new) {
    chat = **std::move(found);
    if (chat.deleted_ms != 0) return Error{Code::kNotFound, "chat '" + begin.chat_id + "' was deleted"};
  } else {
    if (begin.kind != BeginRun::Kind::kMessage)
      return Error{Code::kNotFound, "chat '" + begin.chat_id + "' not found"};
    chat.owner = begin.owner;
    chat.id = begin.chat_id;
    chat.created_ms = begin.now_ms;
    chat.title = make_title(begin.content);
    chat.profile = begin.profile;
  }
  chat.updated_ms = begin.now_ms;
  if (!begin.model.empty()) chat.model = begin.model;
  if (chat.model.empty()) chat.model = begin.fallback_model;
  if (chat.model.empty()) return Error{Code::kInvalidArgument, "model: missing"};
  if (!begin.settings_patch.empty()) {
    Result<std::string> merged = merge_settings(chat.settings_json, begin.settings_patch, begin.limits);
    if (!merged) return merged.error();
    chat.settings_json = *std::move(merged);
  }
  if (const auto put = store.put_chat(chat); !put) return put.error();
  return chat;
}

// Of this server's answers the caller knows; another server may be writing one.
Result<void> refuse_second_answer(Store& store, const BeginRun& begin, const history::Chat& chat) {
  if (begin.beside || !store.is_shared()) return {};
  const Result<bool> answered = store.is_answered_elsewhere(chat.key);
  if (!answered) return answered.error();
  if (*answered) return Error{Code::kConflict, "an answer is still being written in this chat"};
  return {};
}

Result<Message> add_question(Store& store, const BeginRun& begin, const history::Chat& chat) {
  Message question;
  question.chat = chat.key;
  question.id = begin.message_id;
  question.role = Role::kUser;
  question.content = begin.content;
  question.created_ms = begin.now_ms;
  question.parent = begin.parent ? begin.parent->value_or("") : chat.leaf;
  for (const std::string& id : begin.attachments) {
    history::Attachment file;
    file.id = id;
    question.attachments.push_back(std::move(file));
  }
  if (!question.parent.empty()) {
    if (const auto parent = find_needed(store, chat.key, question.parent); !parent) return parent.error();
  }
  if (const auto put = store.put_message(question); !put) {
    if (put.error().code != Code::kConflict) return put.error();
    return Error{Code::kConflict,
                 "message '" + begin.message_id + "' is there already: ask for the chat again"};
  }
  return find_needed(store, chat.key, question.id);  // with what is known of its files
}

Result<Message> add_answer(Store& store, const BeginRun& begin, const history::Chat& chat,
                           const std::string& question) {
  Message answer;
  answer.chat = chat.key;
  answer.id = begin.answer_id;
  answer.parent = question;
  answer.role = Role::kAssistant;
  answer.model = chat.model;
  answer.state = MessageState::kStreaming;
  answer.created_ms = begin.now_ms;
  if (const auto put = store.put_message(answer); !put) {
    if (put.error().code != Code::kConflict) return put.error();
    return Error{Code::kConflict, "answer_id: '" + begin.answer_id + "' is in use"};
  }
  return answer;
}

// The answer that is carried on is the same message again.
Result<Message> reopen_answer(Store& store, const BeginRun& begin, const history::Chat& chat) {
  Result<Message> answer = find_needed(store, chat.key, begin.message_id);
  if (!answer) return answer.error();
  if (answer->role != Role::kAssistant)
    return Error{Code::kInvalidArgument, "message: '" + answer->id + "' is no answer"};
  if (answer->state == MessageState::kStreaming)
    return Error{Code::kConflict, "this answer is being written"};
  answer->state = MessageState::kStreaming;
  answer->error_code.clear();
  answer->error_message.clear();
  if (const auto put = store.put_message(*answer); !put) return put.error();
  return answer;
}

Result<std::string> find_question(Store& store, const BeginRun& begin, const history::Chat& chat) {
  const Result<Message> message = find_needed(store, chat.key, begin.message_id);
  if (!message) return message.error();
  if (message->role == Role::kUser) return message->id;
  if (message->parent.empty())
    return Error{Code::kInvalidArgument, "message: there is no question before this answer"};
  return message->parent;
}

Result<std::vector<PromptTurn>> read_turns(Store& store, const history::Chat& chat, const std::string& leaf) {
  Result<std::vector<Message>> path = store.list_path(chat.key, leaf);
  if (!path) return path.error();
  std::vector<PromptTurn> turns;
  for (Message& message : *path) {
    for (history::Attachment& file : message.attachments) {
      Result<std::optional<history::Attachment>> whole = store.find_attachment(chat.owner, file.id);
      if (!whole) return whole.error();
      if (*whole) file.text = std::move((*whole)->text);
    }
    turns.push_back({message.id, message.role, join_attachments(message.content, message.attachments)});
  }
  return turns;
}

}  // namespace

Result<BegunRun> begin_run(Store& store, const BeginRun& begin) {
  BegunRun begun;
  begun.user = begin.user;
  Result<history::Chat> chat = open_chat(store, begin, begun.is_new_chat);
  if (!chat) return chat.error();
  begun.chat = *std::move(chat);
  if (const auto clear = refuse_second_answer(store, begin, begun.chat); !clear) return clear.error();
  std::string last;
  if (begin.kind == BeginRun::Kind::kContinue) {
    Result<Message> answer = reopen_answer(store, begin, begun.chat);
    if (!answer) return answer.error();
    begun.answer = *std::move(answer);
    last = begun.answer.id;
  } else {
    if (begin.kind == BeginRun::Kind::kMessage) {
      Result<Message> question = add_question(store, begin, begun.chat);
      if (!question) return question.error();
      last = question->id;
      begun.question = *std::move(question);
    } else {
      Result<std::string> question = find_question(store, begin, begun.chat);
      if (!question) return question.error();
      last = *std::move(question);
    }
    Result<Message> answer = add_answer(store, begin, begun.chat, last);
    if (!answer) return answer.error();
    begun.answer = *std::move(answer);
  }
  Result<std::vector<PromptTurn>> turns = read_turns(store, begun.chat, last);
  if (!turns) return turns.error();
  begun.turns = *std::move(turns);
  begun.chat.leaf = begun.answer.id;
  if (const auto put = store.put_chat(begun.chat); !put) return put.error();
  return begun;
}

}  // namespace samovar::chat
