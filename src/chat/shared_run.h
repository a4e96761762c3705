// Answers that another server writes into the store that both share: known here by the store alone. They can
// be followed, a step behind, and stopped.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "chat/endpoints.h"
#include "chat/event_log.h"

namespace samovar::chat {

struct SharedRun {
  std::string chat;
  std::string answer;
};

// "s-ANSWER.CHAT": what such a run is called here, so that whoever has the name finds the answer.
[[nodiscard]] std::string shared_run_id(const SharedRun& run);
[[nodiscard]] std::optional<SharedRun> parse_shared_run(std::string_view id);

// The run that writes a message: one of this server, else a shared one; "": none.
[[nodiscard]] std::string run_of_message(const Service& service, const history::Chat& chat,
                                         const history::Message& message);

// The events of the run from the first on, made of what the store has: read about twice a second until the
// answer has ended or nobody reads the log any more. A chat or message that is not there closes it at once.
[[nodiscard]] std::shared_ptr<EventLog> follow_shared_run(const Context& context, const std::string& owner,
                                                          const SharedRun& run);

// Marks an unfinished answer as stopped; the server that writes it sees that when it next saves. An empty
// `answer` is the last one of the chat.
void stop_shared_run(const Context& context, const std::string& owner, const SharedRun& run);

}  // namespace samovar::chat
