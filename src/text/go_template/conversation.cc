#include "text/go_template/conversation.h"

#include "text/jinja/json_value.h"

namespace samovar::text::go_template {
namespace {

using Json = jinja::Value;

Value plain_value(const Json& json) {
  if (json.is_bool()) return Value(json.truthy());
  if (json.is_number()) return Value(json.number());  // Go reads every JSON number as a float64
  if (json.is_string()) return Value(json.text());
  if (json.is_sequence()) {
    auto list = std::make_shared<List>();
    for (const Json& item : json.items()) list->items.push_back(plain_value(item));
    return Value(std::move(list));
  }
  if (!json.is_dict()) return {};
  auto map = std::make_shared<Map>();
  for (const auto& [key, item] : json.dict().items())
    map->items.insert_or_assign(key.text(), plain_value(item));
  return Value(std::move(map));
}

// The member of a JSON object, null when there is none.
const Json* member(const Json& object, std::string_view name) {
  return object.is_dict() ? object.dict().find(name) : nullptr;
}

Value plain_member(const Json& object, std::string_view name) {
  const Json* found = member(object, name);
  return found != nullptr ? plain_value(*found) : Value();
}

Value text_member(const Json& object, std::string_view name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_string() ? Value(found->text()) : Value("");
}

Value list_member(const Json& object, std::string_view name) {
  Value value = plain_member(object, name);
  return value.is_list() ? value : Value(std::make_shared<List>());
}

// A schema's "type": one name, or a list of names.
Value type_member(const Json& object) {
  auto list = std::make_shared<List>();
  list->one_as_item = true;
  const Value type = plain_member(object, "type");
  if (type.is_string()) list->items.push_back(type);
  if (type.is_list()) list->items = type.list().items;
  return Value(std::move(list));
}

Value properties_value(const Json* properties);

Value property_value(const Json& json) {
  auto choices = std::make_shared<List>();
  if (const Json* any_of = member(json, "anyOf"); any_of != nullptr && any_of->is_sequence()) {
    for (const Json& choice : any_of->items()) choices->items.push_back(property_value(choice));
  }
  auto record = std::make_shared<Record>();
  record->is_tool_property = true;
  record->fields = {{"AnyOf", "anyOf", true, Value(std::move(choices))},
                    {"Type", "type", true, type_member(json)},
                    {"Items", "items", true, plain_member(json, "items")},
                    {"Description", "description", true, text_member(json, "description")},
                    {"Enum", "enum", true, list_member(json, "enum")},
                    {"Properties", "properties", true, properties_value(member(json, "properties"))},
                    {"Required", "required", true, list_member(json, "required")}};
  return Value(std::move(record));
}

Value properties_value(const Json* properties) {
  if (properties == nullptr || !properties->is_dict()) return {};
  auto map = std::make_shared<Map>();
  map->shown = Shown::kJson;
  for (const auto& [key, property] : properties->dict().items()) {
    map->items.insert_or_assign(key.text(), property_value(property));
  }
  return Value(std::move(map));
}

Value tool_value(const Json& json) {
  static const Json kNone;
  const Json* function_json = member(json, "function");
  const Json& function = function_json != nullptr ? *function_json : kNone;
  const Json* parameters_json = member(function, "parameters");
  const Json& parameters = parameters_json != nullptr ? *parameters_json : kNone;
  auto schema = std::make_shared<Record>();
  schema->fields = {{"Type", "type", false, text_member(parameters, "type")},
                    {"Defs", "$defs", true, plain_member(parameters, "$defs")},
                    {"Items", "items", true, plain_member(parameters, "items")},
                    {"Required", "required", true, list_member(parameters, "required")},
                    {"Properties", "properties", false, properties_value(member(parameters, "properties"))}};
  auto described = std::make_shared<Record>();
  described->fields = {{"Name", "name", false, text_member(function, "name")},
                       {"Description", "description", false, text_member(function, "description")},
                       {"Parameters", "parameters", false, Value(std::move(schema))}};
  auto tool = std::make_shared<Record>();
  tool->shown = Shown::kJson;
  tool->fields = {{"Type", "type", false, text_member(json, "type")},
                  {"Items", "items", true, plain_member(json, "items")},
                  {"Function", "function", false, Value(std::move(described))}};
  return Value(std::move(tool));
}

struct CallPlace {
  size_t index;
  const UserText& user;
};

Result<Value> tool_call_value(const ToolCall& call, CallPlace place) {
  const auto mark = [&](std::string_view text) { return place.user.mark(text); };
  const Result<Json> parsed =
      jinja::parse_json(call.arguments_json.empty() ? "{}" : call.arguments_json, mark);
  if (!parsed.ok() || !parsed->is_dict()) {
    const std::string why = parsed.ok() ? "not a JSON object" : parsed.error().message;
    return Error{Code::kInvalidArgument, "the arguments of the tool call '" + call.name + "' are " + why};
  }
  auto arguments = std::make_shared<Map>(plain_value(*parsed).map());
  arguments->shown = Shown::kJson;
  auto function = std::make_shared<Record>();
  function->fields = {{"Index", "Index", false, Value(static_cast<int64_t>(place.index))},
                      {"Name", "Name", false, Value(mark(call.name))},
                      {"Arguments", "Arguments", false, Value(std::move(arguments))}};
  auto record = std::make_shared<Record>();
  record->fields = {{"ID", "ID", false, Value(mark(call.id))},
                    {"Function", "Function", false, Value(std::move(function))}};
  return Value(std::move(record));
}

Result<Value> message_value(const ChatMessage& message, const UserText& user) {
  auto calls = std::make_shared<List>();
  calls->is_null = message.tool_calls.empty();
  for (size_t i = 0; i < message.tool_calls.size(); ++i) {
    Result<Value> call = tool_call_value(message.tool_calls[i], {i, user});
    if (!call.ok()) return call;
    calls->items.push_back(std::move(*call));
  }
  const auto text_field = [&](const char* name, const std::string& text) {
    return Field{name, name, false, Value(user.mark(text))};
  };
  auto record = std::make_shared<Record>();
  record->fields = {text_field("Role", message.role),
                    text_field("Content", message.content),
                    text_field("Thinking", message.thinking),
                    {"Images", "Images", false, Value()},
                    {"ToolCalls", "ToolCalls", false, Value(std::move(calls))},
                    text_field("ToolName", message.tool_name),
                    text_field("ToolCallID", message.tool_call_id)};
  return Value(std::move(record));
}

}  // namespace

std::vector<ChatMessage> collated(const std::vector<ChatMessage>& messages) {
  std::vector<ChatMessage> out;
  for (const ChatMessage& message : messages) {
    if (!out.empty() && out.back().role == message.role && message.role != "tool") {
      out.back().content += "\n\n" + message.content;
    } else {
      out.push_back(message);
    }
  }
  return out;
}

std::string system_text(const std::vector<ChatMessage>& messages) {
  std::string text;
  bool first = true;
  for (const ChatMessage& message : messages) {
    if (message.role != "system") continue;
    text += (first ? "" : "\n\n") + message.content;
    first = false;
  }
  return text;
}

Result<Value> messages_value(const std::vector<ChatMessage>& messages, const UserText& user) {
  auto list = std::make_shared<List>();
  for (const ChatMessage& message : messages) {
    Result<Value> value = message_value(message, user);
    if (!value.ok()) return value;
    list->items.push_back(std::move(*value));
  }
  return Value(std::move(list));
}

Result<Value> tools_value(std::string_view tools_json, const UserText& user) {
  auto list = std::make_shared<List>();
  list->shown = Shown::kJson;
  list->is_null = tools_json.empty();
  if (tools_json.empty()) return Value(std::move(list));
  const Result<Json> parsed =
      jinja::parse_json(tools_json, [&](std::string_view text) { return user.mark(text); });
  if (!parsed.ok()) return Error{parsed.error().code, "the tools are " + parsed.error().message};
  if (!parsed->is_sequence()) return Error{Code::kInvalidArgument, "the tools are not a JSON array"};
  for (const Json& tool : parsed->items()) list->items.push_back(tool_value(tool));
  return Value(std::move(list));
}

}  // namespace samovar::text::go_template
