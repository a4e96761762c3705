#include "chat/prompt_turns.h"

#include <algorithm>
#include <cmath>

namespace samovar::chat {
namespace {

constexpr int64_t kBytesPerTurn = 16;  // what a template writes around a message

text::ChatMessage make_chat_message(std::string role, std::string content) {
  text::ChatMessage message;
  message.role = std::move(role);
  message.content = std::move(content);
  return message;
}

// Two messages of one role meet where an answer never came.
std::vector<text::ChatMessage> to_messages(const std::string& system_prompt,
                                           const std::vector<PromptTurn>& turns, size_t from) {
  std::vector<text::ChatMessage> messages;
  if (!system_prompt.empty()) messages.push_back(make_chat_message("system", system_prompt));
  for (size_t i = from; i < turns.size(); ++i) {
    const std::string role = history::to_string(turns[i].role);
    const bool first = messages.empty() || messages.back().role == "system";
    if (turns[i].content.empty() || (first && role == "assistant")) continue;
    if (!first && messages.back().role == role) {
      messages.back().content += "\n\n" + turns[i].content;
    } else {
      messages.push_back(make_chat_message(role, turns[i].content));
    }
  }
  return messages;
}

// How many of the oldest turns the summary tells.
size_t count_told(const PromptSummary& summary, const std::vector<PromptTurn>& turns) {
  if (summary.until.empty() || summary.text.empty()) return 0;
  const auto last = std::find_if(turns.begin(), turns.end(),
                                 [&](const PromptTurn& turn) { return turn.id == summary.until; });
  return last == turns.end() ? 0 : static_cast<size_t>(last - turns.begin()) + 1;
}

// No text that a file holds can end its block early.
std::string make_fence(const std::string& text) {
  size_t longest = 2;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find_first_not_of('`', i), text.size());
    longest = std::max(longest, end - i);
    i = end + 1;
  }
  std::string fence;
  fence.assign(longest + 1, '`');
  return fence;
}

}  // namespace

void TokenRate::learn(int64_t bytes, int64_t tokens) {
  if (bytes < 200 || tokens <= 0) return;  // the template's own words weigh too much in short ones
  const double seen = std::clamp(static_cast<double>(bytes) / static_cast<double>(tokens), 0.5, 12.0);
  bytes_per_token = 0.5 * bytes_per_token + 0.5 * seen;
}

int64_t TokenRate::estimate(int64_t bytes) const {
  return static_cast<int64_t>(std::ceil(static_cast<double>(bytes) / bytes_per_token));
}

FittedPrompt fit_prompt(const PromptParts& parts, const std::vector<PromptTurn>& turns, const TokenRate& rate,
                        int64_t budget_tokens, int64_t at_least) {
  const auto size_of = [](const PromptTurn& turn) {
    return static_cast<int64_t>(turn.content.size()) + kBytesPerTurn;
  };
  // The last question (and, when an answer is carried on, its beginning) cannot be left out.
  size_t last_question = 0;
  for (size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role == history::Role::kUser) last_question = i;
  }
  const auto n_told = static_cast<int64_t>(count_told(parts.summary, turns));
  at_least = std::max(at_least, n_told);
  std::string system_prompt = parts.system_prompt;
  if (n_told > 0) system_prompt += (system_prompt.empty() ? "" : "\n\n") + parts.summary.text;
  FittedPrompt fitted;
  fitted.bytes = system_prompt.empty() ? 0 : static_cast<int64_t>(system_prompt.size()) + kBytesPerTurn;
  for (const PromptTurn& turn : turns) fitted.bytes += size_of(turn);
  size_t from = 0;
  const auto is_too_long = [&] { return budget_tokens > 0 && rate.estimate(fitted.bytes) > budget_tokens; };
  // A question and its answer go together: what is left begins with a question.
  while (from < last_question && (is_too_long() || static_cast<int64_t>(from) < at_least ||
                                  turns[from].role != history::Role::kUser)) {
    fitted.bytes -= size_of(turns[from++]);
  }
  fitted.n_unseen = static_cast<int64_t>(from);
  if (from < turns.size()) fitted.first_seen = turns[from].id;
  fitted.messages = to_messages(system_prompt, turns, from);
  return fitted;
}

std::string join_attachments(const std::string& content, const std::vector<history::Attachment>& files) {
  std::string out;
  for (const history::Attachment& file : files) {
    const std::string fence = make_fence(file.text);
    out += "File: " + file.name + "\n" + fence + file.language + "\n" + file.text +
           (file.text.ends_with('\n') ? "" : "\n") + fence + "\n\n";
  }
  return out + content;
}

}  // namespace samovar::chat
