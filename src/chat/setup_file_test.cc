#include <gtest/gtest.h>

#include "chat/setup.h"

namespace samovar::chat {
namespace {

Result<Setup> parse(std::string_view text) {
  return parse_setup(text, "samovar.toml", Limits(), [](const std::string& path) -> Result<std::string> {
    if (path == "there.md") return std::string("# Hello");
    return Error{Code::kNotFound, path + ": No such file or directory"};
  });
}

std::string mistake_in(std::string_view text) {
  const auto setup = parse(text);
  return setup ? "none" : setup.error().message;
}

TEST(SetupFile, EverythingThatIsDocumentedIsRead) {
  const auto setup = parse(R"(
name = "Tea house"
model = "gemma2:2b"
settings = {temperature = 0.5, stop = ["END"]}
[welcome]
en = "there.md"
ru = "# Привет"
[look]
accent = "#ff8800"
[features]
share = true
[history]
shared = true
[[profiles]]
id = "coder"
name = {en = "Coder", ru = "Программист"}
settings = {temperature = 0, system_prompt = "Be exact"}
starters = ["refactor"]
[[starters]]
id = "refactor"
label = "Refactor"
text = "Refactor this"
[[links]]
label = "Intranet"
url = "https://example.org"
[[commands]]
name = "translate"
text = "Into {{language}}: {{input}}"
)");
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(setup->name, "Tea house");
  EXPECT_EQ(setup->settings_json, R"({"stop":["END"],"temperature":0.5})");
  EXPECT_EQ(setup->welcome.at("en"), "# Hello");
  EXPECT_TRUE(setup->features.share && setup->shared_history);
  EXPECT_EQ(setup->find_profile("coder")->name.at("ru"), "Программист");
  EXPECT_EQ(setup->find_profile("coder")->settings_json, R"({"system_prompt":"Be exact","temperature":0})");
  EXPECT_EQ(setup->commands[0].variables, std::vector<std::string>{"language"});
  EXPECT_EQ(setup->find_profile(""), nullptr);
  EXPECT_TRUE(parse(""));
}

TEST(SetupFile, MistakesAreNamedWithLineAndKey) {
  EXPECT_EQ(mistake_in("nmae = 'x'"),
            "samovar.toml line 1, key 'nmae': no such key; known here: name, model, settings, welcome, look, "
            "features, history, server, "
            "profiles, starters, links, commands");
  EXPECT_EQ(mistake_in("\n[features]\nshare = 'yes'"),
            "samovar.toml line 3, key 'features.share': expected true or false, got a string");
  EXPECT_EQ(
      mistake_in("[[profiles]]\nid = 'a'\nname = 'A'\n[profiles.settings]\ntop_p = 7"),
      "samovar.toml line 5, key 'profiles[0].settings.top_p': settings.top_p: 7 is above the limit of 1");
  EXPECT_EQ(mistake_in("[[links]]\nlabel = 'x'\nurl = 'javascript:alert(1)'"),
            "samovar.toml line 1, key 'links[0].url': 'javascript:alert(1)' begins neither with https://, "
            "http://, mailto: nor /");
  EXPECT_EQ(mistake_in("welcome = 'missing.md'"),
            "samovar.toml line 1, key 'welcome': missing.md: No such file or directory");
  EXPECT_EQ(mistake_in("[[profiles]]\nid='a'\nname='A'\nstarters=['b']"),
            "samovar.toml, key 'profiles': profile 'a' names the starter 'b', which is not there");
  EXPECT_TRUE(mistake_in("name = ").starts_with("samovar.toml line 1, column 8: ")) << mistake_in("name = ");
  EXPECT_EQ(mistake_in("[look]\naccent = 'red'"),
            "samovar.toml line 2, key 'look.accent': expected a colour as #rrggbb, got 'red'");
}

TEST(SetupFile, TheServersValuesAreHandedOnAsText) {
  const auto setup =
      parse("[server]\nport = 80\ntls_cert = \"a.pem\"\nmodel = [\"a\", \"b\"]\nstateless = true\n");
  ASSERT_TRUE(setup) << setup.error().message;
  std::string all;
  for (const auto& value : setup->server)
    all += value.key + "=" + value.value + "@" + std::to_string(value.line) + " ";
  EXPECT_EQ(all, "model=a,b@4 port=80@2 stateless=1@5 tls_cert=a.pem@3 ");
  EXPECT_EQ(mistake_in("[server]\nport = 8.5\n"),
            "samovar.toml line 2, key 'server.port': expected a string, a whole number, true or false, got a "
            "floating-point");
}

}  // namespace
}  // namespace samovar::chat
