// Ollama's way of turning a conversation into a prompt with a Go template.
#include <exception>

#include "text/chat_template.h"
#include "text/go_template/conversation.h"
#include "text/go_template/executor.h"
#include "text/go_template/parser.h"

namespace samovar::text {
namespace {

using go_template::Executor;
using go_template::Map;
using go_template::NodeList;
using go_template::Templates;
using go_template::Value;

// One exchange of a conversation, for templates that know nothing of .Messages.
struct Exchange {
  std::string system;
  std::string prompt;
  std::string response;
};

// All but the last are whole; the last one waits for its response, or for the rest of it.
std::vector<Exchange> to_exchanges(const std::vector<ChatMessage>& messages) {
  std::vector<Exchange> exchanges(1);
  for (const ChatMessage& message : messages) {
    const Exchange& open = exchanges.back();
    const bool closes = message.role == "system" ? !open.prompt.empty() || !open.response.empty()
                                                 : message.role == "user" && !open.response.empty();
    if (closes) exchanges.emplace_back();
    if (message.role == "system") exchanges.back().system = message.content;
    if (message.role == "user") exchanges.back().prompt = message.content;
    if (message.role == "assistant") exchanges.back().response = message.content;
  }
  return exchanges;
}

void append_response(NodeList& nodes) {
  auto pipe = std::make_shared<go_template::Pipe>();
  go_template::Arg field;
  field.kind = go_template::Arg::Kind::kField;
  field.names = {"Response"};
  pipe->commands.push_back({std::move(field)});
  auto node = std::make_unique<go_template::Node>();
  node->kind = go_template::Node::Kind::kAction;
  node->pipe = std::move(pipe);
  nodes.push_back(std::move(node));
}

Error to_error(const Failure& failure, int line) {
  const int shown = failure.line > 0 ? failure.line : line;
  return {failure.code, "template, line " + std::to_string(shown) + ": " + failure.message};
}

class GoChatTemplate : public ChatTemplate {
 public:
  explicit GoChatTemplate(Templates templates) : templates_(std::move(templates)) {
    const std::set<std::string> names = go_template::mentioned_names(templates_);
    takes_messages_ = names.count("messages") > 0;
    if (!takes_messages_ && names.count("response") == 0) append_response(templates_[""]);
    last_ = go_template::cut_after_response(templates_.at(""));
  }

  Result<Prompt> render(const TemplateInput& input) const override {
    const UserText user(input.control_tokens);
    Executor executor(templates_, input.date);
    try {
      if (!input.suffix.empty()) {
        run_insert(input, user, executor);
      } else if (takes_messages_) {
        if (auto done = run_messages(input, user, executor); !done.ok()) return done.error();
      } else {
        run_exchanges(input, user, executor);
      }
      return user.restore(executor.take_output());
    } catch (const Failure& failure) {
      return to_error(failure, executor.line());
    } catch (const std::bad_alloc&) {
      return Error{Code::kOutOfMemory, "out of memory while rendering the template"};
    }
  }

 private:
  // What every way of running gives to the template.
  static std::shared_ptr<Map> base_data(const TemplateInput& input) {
    auto data = std::make_shared<Map>();
    data->items["Response"] = Value("");
    data->items["Think"] = Value(input.think.value_or(false));
    data->items["ThinkLevel"] = Value(input.think_level);
    data->items["IsThinkSet"] = Value(input.think.has_value());
    return data;
  }

  void run_insert(const TemplateInput& input, const UserText& user, Executor& executor) const {
    auto data = base_data(input);
    data->items["Prompt"] =
        Value(user.mark(input.messages.empty() ? std::string() : input.messages.back().content));
    data->items["Suffix"] = Value(user.mark(input.suffix));
    executor.run(templates_.at(""), Value(std::move(data)));
  }

  Result<void> run_messages(const TemplateInput& input, const UserText& user, Executor& executor) const {
    Result<Value> messages = go_template::messages_value(go_template::collated(input.messages), user);
    if (!messages.ok()) return messages.error();
    Result<Value> tools = go_template::tools_value(input.tools_json, user);
    if (!tools.ok()) return tools.error();
    auto data = base_data(input);
    data->items["System"] = Value(user.mark(go_template::system_text(input.messages)));
    data->items["Messages"] = std::move(*messages);
    data->items["Tools"] = std::move(*tools);
    executor.run(templates_.at(""), Value(std::move(data)));
    return {};
  }

  void run_exchanges(const TemplateInput& input, const UserText& user, Executor& executor) const {
    const std::vector<Exchange> exchanges = to_exchanges(go_template::collated(input.messages));
    for (size_t i = 0; i < exchanges.size(); ++i) {
      auto data = base_data(input);
      data->items["System"] = Value(user.mark(exchanges[i].system));
      data->items["Prompt"] = Value(user.mark(exchanges[i].prompt));
      data->items["Response"] = Value(user.mark(exchanges[i].response));
      executor.run(i + 1 < exchanges.size() ? templates_.at("") : last_, Value(std::move(data)));
    }
  }

  Templates templates_;
  NodeList last_;  // the main template up to its .Response
  bool takes_messages_ = false;
};

}  // namespace

Result<std::unique_ptr<ChatTemplate>> make_go_template(std::string_view source) {
  try {
    Templates templates = go_template::parse_templates(drop_marks(source));
    return std::unique_ptr<ChatTemplate>(std::make_unique<GoChatTemplate>(std::move(templates)));
  } catch (const Failure& failure) {
    return to_error(failure, 1);
  } catch (const std::bad_alloc&) {
    return Error{Code::kOutOfMemory, "out of memory while reading the template"};
  }
}

}  // namespace samovar::text
