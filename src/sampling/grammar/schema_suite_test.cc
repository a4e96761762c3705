// The JSON Schema Test Suite (tests/data/sampling/README.md): what a schema's automaton lets through is
// valid, always; what is valid it lets through, but for the listed documents (json_schema.h tells which kinds
// there are).
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "sampling/grammar/json_schema.h"
#include "sampling/grammar/matcher.h"
#include "wire/json.h"

namespace samovar::sampling::grammar {
namespace {

std::vector<std::string> read_lines(const char* name) {
  std::ifstream in(std::string(SAMOVAR_TEST_DATA "/sampling/") + name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool lets_through(const std::shared_ptr<const Automaton>& automaton, std::string_view document) {
  Matcher matcher(automaton);
  Config at = matcher.start();
  for (const char c : document) at = matcher.step(at, static_cast<uint8_t>(c));
  return matcher.complete(at);
}

// "group" and "document" of the valid documents that are not let through.
std::set<std::pair<std::string, std::string>> read_tight() {
  std::set<std::pair<std::string, std::string>> out;
  for (const std::string& line : read_lines("json_schema_tight.jsonl")) {
    const auto record = wire::parse_json(line);
    if (record) out.emplace(record->member("group")->text, record->member("document")->text);
  }
  return out;
}

TEST(SchemaSuite, NothingInvalidPassesAndWhatIsValidDoes) {
  const auto tight = read_tight();
  ASSERT_GT(tight.size(), 100U);
  size_t n_schemas = 0;
  size_t n_documents = 0;
  size_t n_tight = 0;
  for (const std::string& line : read_lines("json_schema_suite.jsonl")) {
    const auto record = wire::parse_json(line);
    ASSERT_TRUE(record) << line;
    const std::string& group = record->member("group")->text;
    auto automaton = compile_json_schema(record->member("schema")->raw);
    if (!automaton) {
      const std::string& why = automaton.error().message;
      EXPECT_TRUE(why.starts_with("format: ")) << group << ": " << why;
      // What nothing can satisfy has no valid documents.
      if (why == "format: nothing can satisfy it") {
        EXPECT_TRUE(record->member("valid")->items.empty()) << group;
      }
      continue;
    }
    ++n_schemas;
    const auto shared = std::make_shared<const Automaton>(std::move(*automaton));
    for (const wire::Json& document : record->member("invalid")->items) {
      EXPECT_FALSE(lets_through(shared, document.text)) << group << "\n  " << document.text;
      ++n_documents;
    }
    for (const wire::Json& document : record->member("valid")->items) {
      const bool listed = tight.count({group, document.text}) > 0;
      EXPECT_EQ(lets_through(shared, document.text), !listed) << group << "\n  " << document.text;
      ++n_documents;
      if (listed) ++n_tight;
    }
  }
  EXPECT_GE(n_schemas, 190U);
  EXPECT_GE(n_documents, 1100U);
  EXPECT_EQ(n_tight, tight.size());
}

}  // namespace
}  // namespace samovar::sampling::grammar
