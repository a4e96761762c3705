// How an operator sets the page up without code: samovar.toml (docs/configuration.md). Plain values and their
// reader.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/limits.h"

namespace samovar::chat {

// One text, or one for each language ("" is the key of a text for all).
using Texts = std::map<std::string, std::string>;

struct Starter {
  std::string id;
  Texts label, category, text;
  std::string icon;
};

struct Profile {
  std::string id;
  Texts name, description;
  std::string icon;
  std::string model;
  std::string settings_json = "{}";
  std::vector<std::string> starters;  // ids; empty: all
};

struct Link {
  Texts label;
  std::string url;
  std::string icon;
};

struct Command {
  std::string name;
  Texts description, text;
  std::vector<std::string> variables;  // of {{...}} in the text, but `input`
};

struct Look {
  std::string logo, accent, accent_dark, css;  // logo, css: files; "": none
};

struct Features {
  bool share = false;
  bool share_open = false;  // to whoever has the link, without a login
  bool pull = true;
  bool delete_models = true;
  bool settings = true;
  bool feedback = true;
  bool attachments = true;
  bool titles = true;  // improved by the model while nobody waits for it
};

// Of [server], which is the program's: its values as text, several joined by commas.
struct ServerValue {
  std::string key, value;
  int line = 0;
};

struct Setup {
  std::string name = "Samovar";
  std::string default_model;
  std::string settings_json = "{}";  // that every conversation begins with
  Texts welcome;                     // language -> Markdown; a file's text where the setup names a file
  Look look;
  Features features;
  bool shared_history = false;
  std::vector<Profile> profiles;
  std::vector<Starter> starters;
  std::vector<Link> links;
  std::vector<Command> commands;
  std::vector<ServerValue> server;

  [[nodiscard]] const Profile* find_profile(std::string_view id) const;
};

// `read_file` gives the text of a file that the setup names, relative to its folder. kInvalidArgument:
// "samovar.toml line 12, key 'profiles.coder.temperature': ...", the first mistake.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;
[[nodiscard]] Result<Setup> parse_setup(std::string_view toml, const std::string& file_name,
                                        const Limits& limits, ReadFile read_file);

}  // namespace samovar::chat
