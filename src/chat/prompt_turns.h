// A conversation as the model gets it: which of its messages fit into the context, in the shape models want.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history/records.h"
#include "text/chat_template.h"

namespace samovar::chat {

struct PromptTurn {
  std::string id;
  history::Role role = history::Role::kUser;
  std::string content;  // with the texts of its files
};

// How long texts are in tokens; learned from the answers of a model (docs/page-api.md calls such figures
// estimates).
struct TokenRate {
  double bytes_per_token = 3.5;
  int64_t context_length = 0;  // 0: not known
  // What an answer told: `bytes` of prompt were `tokens`.
  void learn(int64_t bytes, int64_t tokens);
  [[nodiscard]] int64_t estimate(int64_t bytes) const;
};

// What stands in the prompt for the oldest turns, up to and with one of them.
struct PromptSummary {
  std::string until;  // id; "", or of a turn that is not there: no summary
  std::string text;
};

struct PromptParts {
  std::string system_prompt;
  PromptSummary summary;
};

struct FittedPrompt {
  std::vector<text::ChatMessage> messages;
  int64_t bytes = 0;
  int64_t n_unseen = 0;    // the oldest turns that were left out
  std::string first_seen;  // id
};

// Leaves out the oldest turns until the estimate is within `budget_tokens` (0: no limit), at least the
// `at_least` oldest ones, and those that the summary stands for: it follows the system prompt. The last
// question always stays. The model gets the user first and roles in turn.
[[nodiscard]] FittedPrompt fit_prompt(const PromptParts& parts, const std::vector<PromptTurn>& turns,
                                      const TokenRate& rate, int64_t budget_tokens, int64_t at_least = 0);

// A message with its files' texts before it, each in a block with its name.
[[nodiscard]] std::string join_attachments(const std::string& content,
                                           const std::vector<history::Attachment>& files);

}  // namespace samovar::chat
