#include "backend/prompt_builder.h"

#include <ctime>

namespace samovar::backend {
namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char buffer[16];
  return {buffer, std::strftime(buffer, sizeof buffer, "%Y-%m-%d", &parts)};
}

std::string spelling(const text::Vocabulary& vocabulary, text::TokenId id) {
  return id < 0 ? std::string() : vocabulary.tokens[static_cast<size_t>(id)];
}

text::ChatMessage make_message(std::string role, std::string content) {
  text::ChatMessage message;
  message.role = std::move(role);
  message.content = std::move(content);
  return message;
}

// The conversation as the template sees it: the model's SYSTEM and opening messages come first.
std::vector<text::ChatMessage> gather_messages(const Resident& resident, const Request& request) {
  std::vector<text::ChatMessage> out = resident.opening;
  std::string system = resident.entry.system;
  if (request.kind == Request::Kind::kChat) {
    out.insert(out.end(), request.messages.begin(), request.messages.end());
  } else {
    if (request.system) system = *request.system;
    out.push_back(make_message("user", request.prompt));
  }
  const bool has_system = !out.empty() && out.front().role == "system";
  if (!system.empty() && !has_system) out.insert(out.begin(), make_message("system", system));
  return out;
}

// Jinja templates close the model's last words like any other turn. To have them carried on, the prompt ends
// where this mark behind them comes out again. (Ollama's templates leave the last turn open by themselves.)
constexpr std::string_view kCutHere = "\u2060carry on from here\u2060";

void cut_at_mark(text::Prompt& prompt) {
  const size_t at = prompt.text.rfind(kCutHere);
  if (at == std::string::npos) return;
  prompt.text.resize(at);
  while (!prompt.plain.empty() && prompt.plain.back().end > at) prompt.plain.pop_back();
}

Result<text::Prompt> render(const Resident& resident, const Request& request) {
  const text::Vocabulary& vocabulary = resident.model->tokenizer->vocabulary();
  text::TemplateInput input;
  input.messages = gather_messages(resident, request);
  input.suffix = request.suffix;
  input.tools_json = request.tools_json;
  // A conversation that ends with the model's own words is carried on, not answered.
  input.add_generation_prompt = input.messages.empty() || input.messages.back().role != "assistant";
  const bool is_jinja = resident.entry.template_text.empty() && !request.template_text;
  const bool carries_on = !input.add_generation_prompt && is_jinja;
  if (carries_on) input.messages.back().content += kCutHere;
  input.think = request.think;
  input.think_level = request.think_level;
  input.date = today();
  input.bos_token = spelling(vocabulary, vocabulary.bos_id);
  input.eos_token = spelling(vocabulary, vocabulary.eos_id);
  input.control_tokens = resident.control_tokens;
  if (!request.template_text) {
    auto prompt = resident.chat_template->render(input);
    if (prompt && carries_on) cut_at_mark(*prompt);
    return prompt;
  }
  const auto own = text::make_go_template(*request.template_text);
  if (!own) return own.error();
  return (*own)->render(input);
}

bool ends_inside_thoughts(const std::string& prompt) {
  const size_t open = prompt.rfind("<think>");
  return open != std::string::npos && prompt.find_first_not_of(" \t\r\n", open + 7) == std::string::npos;
}

}  // namespace

Result<BuiltPrompt> build_prompt(const Resident& resident, const Request& request) {
  const text::Tokenizer& tokenizer = *resident.model->tokenizer;
  if (!request.suffix.empty() && !resident.fills_in && !request.template_text) {
    return Error{Code::kInvalidArgument,
                 "registry.ollama.ai/library/" + resident.summary.name + " does not support insert"};
  }
  BuiltPrompt out;
  out.tokens.assign(request.context.begin(), request.context.end());
  std::vector<text::TokenId> ids;
  if (request.kind == Request::Kind::kGenerate && request.raw) {
    ids = tokenizer.encode(request.prompt, text::Specials::kParse);
  } else {
    const auto prompt = render(resident, request);
    if (!prompt) return prompt.error();
    ids = tokenizer.encode_prompt(*prompt);
    out.thinking_open = resident.thinks && ends_inside_thoughts(prompt->text);
  }
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  const bool has_bos = !ids.empty() && ids.front() == vocabulary.bos_id;
  if (vocabulary.add_bos && out.tokens.empty() && !has_bos) out.tokens.push_back(vocabulary.bos_id);
  // In the middle of a conversation a template's own BOS would be a second one.
  if (!out.tokens.empty() && has_bos) ids.erase(ids.begin());
  out.tokens.insert(out.tokens.end(), ids.begin(), ids.end());
  return out;
}

}  // namespace samovar::backend
