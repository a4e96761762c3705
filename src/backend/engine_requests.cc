#include "backend/engine_requests.h"

#include <algorithm>

namespace samovar::backend {
namespace {

// Ollama's bound for an answer without one.
constexpr int64_t kContextsPerAnswer = 10;

size_t fit_context(int64_t wanted, const Resident& resident) {
  return std::min(static_cast<size_t>(std::max<int64_t>(1, wanted)), resident.engine->n_ctx());
}

// Every piece of an answer is compared with all of them.
Result<void> check_stops(const std::vector<std::string>& stops) {
  constexpr size_t kMaxStops = 64;
  constexpr size_t kMaxStopBytes = 4096;
  if (stops.size() > kMaxStops) {
    return Error{Code::kInvalidArgument, "stop: " + std::to_string(stops.size()) + " strings, at most " +
                                             std::to_string(kMaxStops) + " are possible"};
  }
  for (const std::string& stop : stops) {
    if (stop.size() <= kMaxStopBytes) continue;
    return Error{Code::kInvalidArgument, "stop: a string of " + std::to_string(stop.size()) +
                                             " bytes, at most " + std::to_string(kMaxStopBytes) +
                                             " are possible"};
  }
  return {};
}

// The oldest message that may go: not a system message, not the last one; a tool's result goes with the call
// before it. Messages left, or false when nothing can go.
bool drop_oldest(std::vector<text::ChatMessage>& messages) {
  const auto first = std::find_if(messages.begin(), messages.end(),
                                  [](const text::ChatMessage& message) { return message.role != "system"; });
  if (first == messages.end() || first + 1 >= messages.end()) return false;
  auto last = first + 1;
  while (last + 1 < messages.end() && last->role == "tool") ++last;
  messages.erase(first, last);
  return true;
}

struct FittedPrompt {
  BuiltPrompt prompt;
  int64_t dropped_messages = 0;
  int64_t dropped_tokens = 0;
};

Error too_long(size_t n_tokens, size_t n_ctx) {
  return {Code::kTooLong, "the prompt has " + std::to_string(n_tokens) + " tokens, the context holds " +
                              std::to_string(n_ctx) + " for prompt and answer"};
}

// Texts of megabytes take seconds to encode, and others wait meanwhile: what cannot fit however few tokens it
// becomes is refused before.
Result<void> check_size(const Resident& resident, const Request& request, size_t n_ctx) {
  size_t bytes = request.prompt.size() + request.suffix.size();
  for (const text::ChatMessage& message : request.messages) bytes += message.content.size();
  const size_t n_least = bytes / resident.longest_token_bytes;
  if (n_least < n_ctx || request.truncate.value_or(false)) return {};
  return Error{Code::kTooLong, "the prompt has at least " + std::to_string(n_least) +
                                   " tokens, the context holds " + std::to_string(n_ctx) +
                                   " for prompt and answer"};
}

// Leaves out what is oldest until the prompt leaves room for an answer.
Result<FittedPrompt> fit_prompt(const Resident& resident, Request request, size_t n_ctx, size_t n_keep) {
  if (const auto checked = check_size(resident, request, n_ctx); !checked) return checked.error();
  auto built = build_prompt(resident, request);
  if (!built) return built.error();
  FittedPrompt out;
  out.prompt = std::move(*built);
  if (out.prompt.tokens.size() < n_ctx) return out;
  if (!request.truncate.value_or(false)) return too_long(out.prompt.tokens.size(), n_ctx);
  const size_t n_before = out.prompt.tokens.size();
  if (request.kind == Request::Kind::kChat) {
    while (out.prompt.tokens.size() >= n_ctx) {
      if (!drop_oldest(request.messages)) return too_long(out.prompt.tokens.size(), n_ctx);
      ++out.dropped_messages;
      built = build_prompt(resident, request);
      if (!built) return built.error();
      out.prompt = std::move(*built);
    }
    out.dropped_tokens = static_cast<int64_t>(n_before - out.prompt.tokens.size());
    return out;
  }
  // Ollama's cut: the kept beginning, then the newest half of what is left.
  std::vector<text::TokenId>& tokens = out.prompt.tokens;
  const size_t kept = std::min(n_keep, n_ctx / 2);
  const size_t newest = std::max<size_t>(1, (n_ctx - kept) / 2);
  tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(kept),
               tokens.end() - static_cast<std::ptrdiff_t>(newest));
  out.dropped_tokens = static_cast<int64_t>(n_before - tokens.size());
  return out;
}

// What the answer must look like, said in one of three ways; no text: nothing is asked.
Result<Form> choose_form(const Request& request) {
  const std::string& grammar = request.options.grammar;
  const std::string& regex = request.options.regex;
  const int n = (request.format_json.empty() ? 0 : 1) + (grammar.empty() ? 0 : 1) + (regex.empty() ? 0 : 1);
  if (n > 1) {
    return Error{Code::kInvalidArgument, "only one of format, grammar and regex can be kept at a time"};
  }
  if (!grammar.empty()) return Form{Form::Kind::kGrammar, grammar};
  if (!regex.empty()) return Form{Form::Kind::kRegex, regex};
  return Form{Form::Kind::kFormat, request.format_json};
}

Result<void> add_format(Resident& resident, const Request& request, const PrepareContext& context,
                        PreparedRun& run) {
  auto form = choose_form(request);
  if (!form) return form.error();
  const bool forces_call = !request.tool_choice.empty() && !request.tools_json.empty();
  if (forces_call) {
    if (form->kind != Form::Kind::kFormat) {
      return Error{Code::kInvalidArgument, "tool_choice cannot be kept together with a grammar or regex"};
    }
    form->text =
        make_call_schema(request.tools_json, request.tool_choice == "required" ? "" : request.tool_choice);
    if (form->text.empty()) {
      return Error{Code::kInvalidArgument,
                   "tool_choice: no tool named '" + request.tool_choice + "' is offered"};
    }
    run.settings.tool_tag = "{";
  }
  if (form->text.empty()) return {};
  auto grammar = context.formats->compile(*form);
  if (!grammar) return grammar.error();
  if (!resident.trie) resident.trie = make_trie(*resident.model->tokenizer);
  run.generation.grammar = std::move(*grammar);
  run.generation.trie = resident.trie;
  if (run.settings.thinking_open) run.generation.grammar_after = resident.think_close;
  return {};
}

}  // namespace

Result<PreparedRun> prepare_run(Resident& resident, const Request& request, const PrepareContext& context) {
  const EffectiveOptions options = merge_options(request.options, resident.defaults);
  const size_t n_ctx = fit_context(options.num_ctx > 0 ? options.num_ctx : context.default_num_ctx, resident);
  const size_t n_keep = options.num_keep < 0 ? n_ctx : static_cast<size_t>(options.num_keep);
  auto fitted = fit_prompt(resident, request, n_ctx, n_keep);
  if (!fitted) return fitted.error();
  if (const auto checked = check_stops(options.stop); !checked) return checked.error();
  PreparedRun run;
  run.generation.prompt = std::move(fitted->prompt.tokens);
  run.generation.sampling = options.sampling;
  run.generation.yields = request.yields;
  run.generation.max_tokens = options.num_predict;
  run.generation.stops = options.stop;
  run.generation.n_ctx = n_ctx;
  run.generation.logprobs = request.logprobs;
  run.generation.top_logprobs = static_cast<size_t>(std::max(0, request.top_logprobs));
  if (request.deadline_ms > 0)
    run.generation.deadline = context.received + std::chrono::milliseconds(request.deadline_ms);
  run.generation.limit_ms = request.deadline_ms;
  run.generation.client = request.client;
  // -2 asks to fill the context and stop there.
  run.generation.shifts = request.shift.value_or(false) && options.num_predict != -2;
  run.generation.n_keep = options.num_keep < 0 ? run.generation.prompt.size() : n_keep;
  if (run.generation.shifts && options.num_predict < 0) {
    run.generation.max_tokens = kContextsPerAnswer * static_cast<int64_t>(n_ctx);
  }
  const bool is_open = fitted->prompt.thinking_open;
  run.settings.splits_thinking = resident.thinks && !(request.think && !*request.think && !is_open);
  run.settings.thinking_open = is_open;
  run.settings.wants_context = request.kind == Request::Kind::kGenerate && !request.raw;
  run.settings.n_ctx = static_cast<int64_t>(n_ctx);
  run.settings.dropped_messages = fitted->dropped_messages;
  run.settings.dropped_tokens = fitted->dropped_tokens;
  run.settings.tool_tag = resident.tool_tag;
  run.settings.tool_names = list_tool_names(request.tools_json);
  if (const auto added = add_format(resident, request, context, run); !added) return added.error();
  return run;
}

Result<std::vector<text::TokenId>> prepare_text(const Resident& resident, const EmbedRequest& request,
                                                size_t index, size_t n_ctx) {
  const text::Tokenizer& tokenizer = *resident.model->tokenizer;
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  std::vector<text::TokenId> tokens = tokenizer.encode(request.texts[index], text::Specials::kAsText);
  if (tokens.empty()) {
    return Error{Code::kInvalidArgument,
                 "input[" + std::to_string(index) + "] is empty: there is nothing to embed"};
  }
  const size_t n_marks = (vocabulary.add_bos ? 1U : 0U) + (vocabulary.add_eos ? 1U : 0U);
  if (tokens.size() + n_marks > n_ctx) {
    if (!request.truncate || n_ctx <= n_marks) {
      return Error{Code::kTooLong, "the input length exceeds the context length"};
    }
    tokens.resize(n_ctx - n_marks);
  }
  if (vocabulary.add_bos) tokens.insert(tokens.begin(), vocabulary.bos_id);
  if (vocabulary.add_eos) tokens.push_back(vocabulary.eos_id);
  return tokens;
}

Tokens split_text(const text::Tokenizer& tokenizer, const TokenizeRequest& request) {
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  Tokens out;
  out.ids = tokenizer.encode(request.content,
                             request.parse_special ? text::Specials::kParse : text::Specials::kAsText);
  if (request.add_special && vocabulary.add_bos) out.ids.insert(out.ids.begin(), vocabulary.bos_id);
  if (request.add_special && vocabulary.add_eos) out.ids.push_back(vocabulary.eos_id);
  for (const int32_t id : out.ids) out.pieces.push_back(tokenizer.token_bytes(id, text::Specials::kParse));
  return out;
}

Result<Tokens> join_tokens(const text::Tokenizer& tokenizer, const DetokenizeRequest& request) {
  const text::Vocabulary& vocabulary = tokenizer.vocabulary();
  const auto n_vocab = static_cast<int64_t>(vocabulary.tokens.size());
  Tokens out;
  bool at_start = vocabulary.model == "llama" && vocabulary.add_space_prefix;
  for (size_t i = 0; i < request.tokens.size(); ++i) {
    const int64_t given = request.tokens[i];
    if (given < 0 || given >= n_vocab) {
      return Error{Code::kInvalidArgument, "tokens[" + std::to_string(i) + "]: " + std::to_string(given) +
                                               " is not in the vocabulary of " + std::to_string(n_vocab)};
    }
    const auto id = static_cast<int32_t>(given);
    out.ids.push_back(id);
    out.pieces.push_back(tokenizer.token_bytes(id, text::Specials::kParse));
    if (!at_start || vocabulary.kinds[static_cast<size_t>(id)] == text::TokenKind::kControl) continue;
    // The space that encoding puts in front of a text.
    if (out.pieces.back().starts_with(' ')) out.pieces.back().erase(0, 1);
    at_start = false;
  }
  return out;
}

}  // namespace samovar::backend
