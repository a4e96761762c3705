// The beginning of an answer in the store: the question and the empty answer are written before a model hears
// of them. Runs inside the archive's transactions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/limits.h"
#include "chat/prompt_turns.h"
#include "history/store.h"

namespace samovar::chat {

struct BeginRun {
  enum class Kind { kMessage, kRegenerate, kContinue };
  Kind kind = Kind::kMessage;
  std::string owner;
  std::string user;  // the account that asks; "": none
  std::string chat_id;
  std::string message_id;  // of the question (kMessage), or of the message that is answered or carried on
  std::string content;     // kMessage
  std::optional<std::optional<std::string>>
      parent;                            // kMessage; unset: the chat's leaf; empty: a new beginning
  std::vector<std::string> attachments;  // kMessage
  std::string answer_id;
  std::string model;           // "": the chat's
  std::string settings_patch;  // "": as they are
  std::string profile;         // of a new chat
  std::string fallback_model;
  bool beside = false;  // while another run of the chat is under way
  int64_t now_ms = 0;
  Limits limits;
};

struct BegunRun {
  history::Chat chat;
  std::string user;
  bool is_new_chat = false;
  std::optional<history::Message> question;  // kMessage
  history::Message answer;
  std::string traceparent;        // of the request that began it
  std::vector<PromptTurn> turns;  // up to the question; with kContinue up to the answer's beginning
};

// kNotFound (message, attachment, parent), kInvalidArgument, kConflict (the id of the question is in use).
[[nodiscard]] Result<BegunRun> begin_run(history::Store& store, const BeginRun& begin);

}  // namespace samovar::chat
