// samovar.toml -> Setup. Every key is known or refused, with its line.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>

#include "chat/run_settings.h"
#include "chat/setup.h"

namespace samovar::chat {
namespace {

constexpr size_t kMostEntries = 200;  // of each list

class SetupReader {
 public:
  SetupReader(std::string file, const Limits& limits, ReadFile read_file)
      : file_(std::move(file)), limits_(limits), read_file_(read_file) {}

  using KeyReader = std::function<void(const toml::node&, const std::string& path)>;
  using Keys = std::vector<std::pair<std::string_view, KeyReader>>;

  void read_table(const toml::node& node, const std::string& path, const Keys& keys) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return fail(node, path, "expected a table, got " + kind(node));
    for (const auto& [key, value] : *table) {
      const auto known = std::find_if(keys.begin(), keys.end(),
                                      [name = key.str()](const auto& item) { return item.first == name; });
      const std::string name = path.empty() ? std::string(key.str()) : path + "." + std::string(key.str());
      if (known == keys.end()) {
        std::string all;
        for (const auto& item : keys) all += (all.empty() ? "" : ", ") + std::string(item.first);
        fail(value, name, "no such key; known here: " + all);
      } else {
        known->second(value, name);
      }
    }
  }

  KeyReader text(std::string& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      const auto value = node.value_exact<std::string>();
      if (!value) return fail(node, path, "expected a string, got " + kind(node));
      to = *value;
    };
  }
  KeyReader flag(bool& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      const auto value = node.value_exact<bool>();
      if (!value) return fail(node, path, "expected true or false, got " + kind(node));
      to = *value;
    };
  }
  // A string, or a table of one for each language.
  KeyReader texts(Texts& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      if (const auto value = node.value_exact<std::string>()) {
        to = {{"", *value}};
        return;
      }
      const toml::table* table = node.as_table();
      if (table == nullptr)
        return fail(node, path, "expected a string or a table of languages, got " + kind(node));
      for (const auto& [language, value] : *table)
        text(to[std::string(language.str())])(value, path + "." + std::string(language.str()));
    };
  }
  KeyReader strings(std::vector<std::string>& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      const toml::array* array = node.as_array();
      if (array == nullptr) return fail(node, path, "expected an array of strings, got " + kind(node));
      for (const toml::node& item : *array) {
        std::string value;
        text(value)(item, path);
        to.push_back(value);
      }
    };
  }
  KeyReader color(std::string& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      text(to)(node, path);
      const bool is_color = (to.size() == 7 || to.size() == 4) && to[0] == '#' &&
                            to.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
      if (!is_color) fail(node, path, "expected a colour as #rrggbb, got '" + to + "'");
    };
  }
  // A table of answer settings, checked as those of a chat are.
  KeyReader settings(std::string& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return fail(node, path, "expected a table, got " + kind(node));
      for (const auto& [key, value] : *table) {
        std::ostringstream json;
        toml::table one;
        one.insert(key.str(), value);
        json << toml::json_formatter(one, toml::format_flags::quote_dates_and_times);
        Result<std::string> merged = merge_settings(to, json.str(), limits_);
        if (!merged) return fail(value, path + "." + std::string(key.str()), merged.error().message);
        to = *std::move(merged);
      }
    };
  }
  KeyReader each(size_t most, const std::function<void(const toml::node&, const std::string&)>& read_one) {
    return [this, most, read_one](const toml::node& node, const std::string& path) {
      const toml::array* array = node.as_array();
      if (array == nullptr) return fail(node, path, "expected [[" + path + "]] tables, got " + kind(node));
      if (array->size() > most)
        return fail(
            node, path,
            std::to_string(array->size()) + " entries, at most " + std::to_string(most) + " are allowed");
      size_t i = 0;
      for (const toml::node& item : *array) read_one(item, path + "[" + std::to_string(i++) + "]");
    };
  }
  KeyReader file_text(std::string& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      text(to)(node, path);
      if (const auto read = read_file_(to); !read) fail(node, path, read.error().message);
    };
  }
  // Language -> Markdown, or the name of a file with it.
  KeyReader welcome(Texts& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      texts(to)(node, path);
      for (auto& [language, value] : to) {
        if (!value.ends_with(".md") || value.find('\n') != std::string::npos) continue;
        Result<std::string> read = read_file_(value);
        if (!read) return fail(node, path, read.error().message);
        value = *std::move(read);
      }
    };
  }

  KeyReader server(std::vector<ServerValue>& to) {
    return [this, &to](const toml::node& node, const std::string& path) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return fail(node, path, "expected a table, got " + kind(node));
      for (const auto& [key, value] : *table) {
        ServerValue given{std::string(key.str()), "", static_cast<int>(value.source().begin.line)};
        if (const toml::array* array = value.as_array()) {
          for (const toml::node& item : *array)
            given.value += (given.value.empty() ? "" : ",") + plain(item, path + "." + given.key);
        } else {
          given.value = plain(value, path + "." + given.key);
        }
        to.push_back(std::move(given));
      }
    };
  }

  void fail(const toml::node& node, const std::string& path, const std::string& why) {
    if (error_) return;
    error_ = Error{Code::kInvalidArgument, file_ + " line " + std::to_string(node.source().begin.line) +
                                               ", key '" + path + "': " + why};
  }
  void need(const toml::node& node, const std::string& path, bool there) {
    if (!there) fail(node, path, "missing");
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static std::string kind(const toml::node& node) {
    std::ostringstream out;
    out << node.type();
    return out.str() == "integer" || out.str() == "array" ? "an " + out.str() : "a " + out.str();
  }

  // A text, a number, or 1 and 0 for true and false.
  std::string plain(const toml::node& node, const std::string& path) {
    if (const auto value = node.value_exact<std::string>()) return *value;
    if (const auto value = node.value_exact<int64_t>()) return std::to_string(*value);
    if (const auto value = node.value_exact<bool>()) return *value ? "1" : "0";
    fail(node, path, "expected a string, a whole number, true or false, got " + kind(node));
    return "";
  }

  std::string file_;
  const Limits& limits_;
  ReadFile read_file_;
  std::optional<Error> error_;
};

using KeyReader = SetupReader::KeyReader;

KeyReader profiles_reader(SetupReader& reader, Setup& setup) {
  return reader.each(kMostEntries, [&](const toml::node& node, const std::string& path) {
    Profile profile;
    reader.read_table(node, path,
                      {{"id", reader.text(profile.id)},
                       {"name", reader.texts(profile.name)},
                       {"description", reader.texts(profile.description)},
                       {"icon", reader.text(profile.icon)},
                       {"model", reader.text(profile.model)},
                       {"settings", reader.settings(profile.settings_json)},
                       {"starters", reader.strings(profile.starters)}});
    reader.need(node, path + ".id", !profile.id.empty());
    reader.need(node, path + ".name", !profile.name.empty());
    if (setup.find_profile(profile.id) != nullptr)
      reader.fail(node, path + ".id", "'" + profile.id + "' is there twice");
    setup.profiles.push_back(std::move(profile));
  });
}

KeyReader starters_reader(SetupReader& reader, Setup& setup) {
  return reader.each(kMostEntries, [&](const toml::node& node, const std::string& path) {
    Starter starter;
    reader.read_table(node, path,
                      {{"id", reader.text(starter.id)},
                       {"label", reader.texts(starter.label)},
                       {"category", reader.texts(starter.category)},
                       {"icon", reader.text(starter.icon)},
                       {"text", reader.texts(starter.text)}});
    reader.need(node, path + ".label", !starter.label.empty());
    reader.need(node, path + ".text", !starter.text.empty());
    if (starter.id.empty()) starter.id = std::to_string(setup.starters.size() + 1);
    setup.starters.push_back(std::move(starter));
  });
}

KeyReader links_reader(SetupReader& reader, Setup& setup) {
  return reader.each(kMostEntries, [&](const toml::node& node, const std::string& path) {
    Link link;
    reader.read_table(node, path,
                      {{"label", reader.texts(link.label)},
                       {"url", reader.text(link.url)},
                       {"icon", reader.text(link.icon)}});
    reader.need(node, path + ".label", !link.label.empty());
    const bool good = link.url.starts_with("https://") || link.url.starts_with("http://") ||
                      link.url.starts_with("/") || link.url.starts_with("mailto:");
    if (!good)
      reader.fail(node, path + ".url",
                  "'" + link.url + "' begins neither with https://, http://, mailto: nor /");
    setup.links.push_back(std::move(link));
  });
}

// The names in {{...}} but `input`, each once.
std::vector<std::string> list_variables(const Texts& texts) {
  std::vector<std::string> out;
  for (const auto& [language, text] : texts) {
    for (size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
      const size_t end = text.find("}}", at);
      if (end == std::string::npos) break;
      const std::string name = text.substr(at + 2, end - at - 2);
      if (name != "input" && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
  }
  return out;
}

KeyReader commands_reader(SetupReader& reader, Setup& setup) {
  return reader.each(kMostEntries, [&](const toml::node& node, const std::string& path) {
    Command command;
    reader.read_table(node, path,
                      {{"name", reader.text(command.name)},
                       {"description", reader.texts(command.description)},
                       {"text", reader.texts(command.text)}});
    if (command.name.empty() || command.name.find_first_of(" \t\n/") != std::string::npos) {
      reader.fail(node, path + ".name", "expected a word without blanks and '/', got '" + command.name + "'");
    }
    reader.need(node, path + ".text", !command.text.empty());
    command.variables = list_variables(command.text);
    setup.commands.push_back(std::move(command));
  });
}

SetupReader::Keys list_keys(SetupReader& reader, Setup& setup) {
  return {{"name", reader.text(setup.name)},
          {"model", reader.text(setup.default_model)},
          {"settings", reader.settings(setup.settings_json)},
          {"welcome", reader.welcome(setup.welcome)},
          {"look",
           [&](const toml::node& node, const std::string& path) {
             reader.read_table(node, path,
                               {{"logo", reader.file_text(setup.look.logo)},
                                {"css", reader.file_text(setup.look.css)},
                                {"accent", reader.color(setup.look.accent)},
                                {"accent_dark", reader.color(setup.look.accent_dark)}});
           }},
          {"features",
           [&](const toml::node& node, const std::string& path) {
             Features& features = setup.features;
             reader.read_table(node, path,
                               {{"share", reader.flag(features.share)},
                                {"share_open", reader.flag(features.share_open)},
                                {"pull", reader.flag(features.pull)},
                                {"delete_models", reader.flag(features.delete_models)},
                                {"settings", reader.flag(features.settings)},
                                {"feedback", reader.flag(features.feedback)},
                                {"attachments", reader.flag(features.attachments)},
                                {"titles", reader.flag(features.titles)}});
           }},
          {"history",
           [&](const toml::node& node, const std::string& path) {
             reader.read_table(node, path, {{"shared", reader.flag(setup.shared_history)}});
           }},
          {"server", reader.server(setup.server)},
          {"profiles", profiles_reader(reader, setup)},
          {"starters", starters_reader(reader, setup)},
          {"links", links_reader(reader, setup)},
          {"commands", commands_reader(reader, setup)}};
}

std::optional<Error> check_references(const Setup& setup, const std::string& file_name) {
  for (const Profile& profile : setup.profiles) {
    for (const std::string& id : profile.starters) {
      const bool known = std::any_of(setup.starters.begin(), setup.starters.end(),
                                     [&](const Starter& starter) { return starter.id == id; });
      if (!known)
        return Error{Code::kInvalidArgument, file_name + ", key 'profiles': profile '" + profile.id +
                                                 "' names the starter '" + id + "', which is not there"};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Setup> parse_setup(std::string_view text, const std::string& file_name, const Limits& limits,
                          ReadFile read_file) {
  const toml::parse_result parsed = toml::parse(text, std::string_view(file_name));
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return Error{Code::kInvalidArgument, file_name + " line " + std::to_string(at.line) + ", column " +
                                             std::to_string(at.column) + ": " +
                                             std::string(parsed.error().description())};
  }
  Setup setup;
  SetupReader reader(file_name, limits, read_file);
  reader.read_table(parsed.table(), "", list_keys(reader, setup));
  if (reader.error()) return *reader.error();
  if (auto missing = check_references(setup, file_name)) return *std::move(missing);
  return setup;
}

}  // namespace samovar::chat
