#include "history/records.h"

namespace samovar::history {

const char* to_string(Role role) { return role == Role::kUser ? "user" : "assistant"; }

const char* to_string(MessageState state) {
  switch (state) {
    case MessageState::kStreaming:
      return "streaming";
    case MessageState::kComplete:
      return "complete";
    case MessageState::kStopped:
      return "stopped";
    case MessageState::kFailed:
      return "failed";
    case MessageState::kCut:
      return "cut";
  }
  return "complete";
}

}  // namespace samovar::history
