#include "chat/run_settings.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace samovar::chat {
namespace {

using SettingsJson = nlohmann::json;

constexpr size_t kMaxStops = 8;
constexpr size_t kMaxStopBytes = 200;
constexpr size_t kMaxFormatBytes = 65536;
constexpr size_t kMaxUntilBytes = 64;
constexpr size_t kMaxSummaryBytes = 20'000;

Error bad_setting(const std::string& name, const std::string& why) {
  return {Code::kInvalidArgument, "settings." + name + ": " + why};
}

struct NumberRule {
  double least = 0;
  double most = 0;
  bool whole = false;
};

std::string plain_number(double value) {
  return value == std::floor(value) ? std::to_string(static_cast<int64_t>(value))
                                    : SettingsJson(value).dump();
}

Result<void> check_number(const std::string& name, const SettingsJson& value, const NumberRule& rule) {
  if (!value.is_number())
    return bad_setting(name, "expected a number, got " + std::string(value.type_name()));
  const double number = value.get<double>();
  if (!(number >= rule.least))
    return bad_setting(name, value.dump() + " is below the limit of " + plain_number(rule.least));
  if (number > rule.most)
    return bad_setting(name, value.dump() + " is above the limit of " + plain_number(rule.most));
  if (rule.whole && number != std::floor(number))
    return bad_setting(name, value.dump() + " is not a whole number");
  return {};
}

const NumberRule* find_rule(const std::string& name, const Limits& limits) {
  static thread_local NumberRule changing;
  static const std::map<std::string, NumberRule> kRules = {
      {"top_p", {0, 1, false}},         {"top_k", {0, 1000, true}},
      {"min_p", {0, 1, false}},         {"repeat_penalty", {0, 2, false}},
      {"context", {256, 131072, true}}, {"seed", {-9007199254740991.0, 9007199254740991.0, true}}};
  if (name == "temperature") {
    changing = {limits.min_temperature, limits.max_temperature, false};
  } else if (name == "max_tokens") {
    changing = {static_cast<double>(limits.min_tokens), static_cast<double>(limits.max_tokens), true};
  } else {
    const auto found = kRules.find(name);
    return found == kRules.end() ? nullptr : &found->second;
  }
  return &changing;
}

Result<void> check_stop(const SettingsJson& value) {
  if (!value.is_array()) return bad_setting("stop", "expected an array of strings");
  if (value.size() > kMaxStops) {
    return bad_setting("stop", std::to_string(value.size()) + " texts, at most " + std::to_string(kMaxStops) +
                                   " are allowed");
  }
  for (const SettingsJson& item : value) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty())
      return bad_setting("stop", "expected texts that are not empty");
    if (item.get_ref<const std::string&>().size() > kMaxStopBytes) {
      return bad_setting("stop", "a text is longer than " + std::to_string(kMaxStopBytes) + " bytes");
    }
  }
  return {};
}

Result<void> check_summary(const SettingsJson& value) {
  const auto is_text = [&](const char* name, size_t most) {
    const auto found = value.find(name);
    return found != value.end() && found->is_string() && !found->get_ref<const std::string&>().empty() &&
           found->get_ref<const std::string&>().size() <= most;
  };
  if (!value.is_object() || value.size() != 2 || !is_text("until", kMaxUntilBytes))
    return bad_setting("summary", "expected {\"until\": the id of a message, \"text\": ...}");
  if (is_text("text", kMaxSummaryBytes)) return {};
  return bad_setting("summary", "the text must have 1 to " + std::to_string(kMaxSummaryBytes) + " bytes");
}

Result<void> check_setting(const std::string& name, const SettingsJson& value, const Limits& limits) {
  if (const NumberRule* rule = find_rule(name, limits)) return check_number(name, value, *rule);
  if (name == "stop") return check_stop(value);
  if (name == "summary") return check_summary(value);
  if (name == "system_prompt") {
    if (!value.is_string()) return bad_setting(name, "expected a string");
    if (value.get_ref<const std::string&>().size() <= limits.message_bytes) return {};
    return Error{Code::kTooLarge,
                 "settings.system_prompt: more than " + std::to_string(limits.message_bytes) + " bytes"};
  }
  if (name == "think")
    return value.is_boolean() ? Result<void>() : bad_setting(name, "expected true or false");
  if (name == "format") {
    if (value != "json" && !value.is_object()) return bad_setting(name, "expected \"json\" or a JSON schema");
    return value.dump().size() <= kMaxFormatBytes ? Result<void>()
                                                  : bad_setting(name, "the schema is too long");
  }
  return bad_setting(name, "no such setting");
}

SettingsJson to_object(const std::string& text) {
  SettingsJson json = SettingsJson::parse(text, nullptr, false);
  return json.is_object() ? json : SettingsJson::object();
}

template <typename T>
void take_number(const SettingsJson& settings, const char* name, std::optional<T>& to) {
  const auto found = settings.find(name);
  if (found != settings.end() && found->is_number()) to = found->get<T>();
}

std::string text_of(const SettingsJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string dump(const SettingsJson& json) {
  return json.dump(-1, ' ', false, SettingsJson::error_handler_t::replace);
}

}  // namespace

Result<std::string> merge_settings(const std::string& base, const std::string& patch, const Limits& limits) {
  SettingsJson settings = to_object(base);
  const SettingsJson changes = SettingsJson::parse(patch, nullptr, false);
  if (!changes.is_object()) return Error{Code::kInvalidArgument, "settings: expected an object"};
  for (const auto& [name, value] : changes.items()) {
    if (value.is_null()) {
      settings.erase(name);
      continue;
    }
    if (const auto checked = check_setting(name, value, limits); !checked) return checked.error();
    settings[name] = value;
  }
  return dump(settings);
}

std::string overlay_settings(const std::string& first, const std::string& second) {
  SettingsJson settings = to_object(first);
  settings.update(to_object(second));
  return dump(settings);
}

PromptParts apply_settings(const std::string& settings_text, backend::Request& request) {
  const SettingsJson settings = to_object(settings_text);
  backend::Options& options = request.options;
  take_number(settings, "temperature", options.temperature);
  take_number(settings, "top_p", options.top_p);
  take_number(settings, "min_p", options.min_p);
  take_number(settings, "top_k", options.top_k);
  take_number(settings, "repeat_penalty", options.repeat_penalty);
  take_number(settings, "max_tokens", options.num_predict);
  take_number(settings, "context", options.num_ctx);
  take_number(settings, "seed", options.seed);
  if (const auto stop = settings.find("stop"); stop != settings.end() && stop->is_array()) {
    options.stop = stop->get<std::vector<std::string>>();
  }
  // Thinking is a long silence on few cores: only on request.
  const auto think = settings.find("think");
  if (think != settings.end() && think->is_boolean()) request.think = think->get<bool>();
  if (const auto format = settings.find("format"); format != settings.end()) {
    request.format_json = format->is_string() ? format->get<std::string>() : dump(*format);
  }
  PromptParts parts;
  parts.system_prompt = text_of(settings, "system_prompt");
  if (const auto summary = settings.find("summary"); summary != settings.end() && summary->is_object())
    parts.summary = {text_of(*summary, "until"), text_of(*summary, "text")};
  return parts;
}

}  // namespace samovar::chat
