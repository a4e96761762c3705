#include "wire/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/utf8.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

std::string error_of(std::string_view source) {
  const auto parsed = parse_json(source);
  return parsed ? "" : parsed.error().message;
}

TEST(Json, ReadsEveryKind) {
  const std::string source = R"( {"a":[1,-2.5e3,true,false,null],"b":"x\n\u00e9\ud83d\ude00","A":{}} )";
  const auto json = parse_json(source);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->items.size(), 3U);
  EXPECT_EQ(json->items[0].items[1].raw, "-2.5e3");
  EXPECT_TRUE(json->items[0].items[2].boolean);
  EXPECT_EQ(json->member("b")->text, "x\né😀");
  EXPECT_EQ(json->member("A")->kind, Json::Kind::kObject);
  EXPECT_EQ(json->member("c"), nullptr);
  EXPECT_EQ(json->items[0].raw, "[1,-2.5e3,true,false,null]");
}

TEST(Json, KeepsOrderAndDuplicatesAndStopsBehindTheValue) {
  const auto json = parse_json(R"({"b":1,"a":2,"b":3} and more)");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->items[0].key, "b");
  EXPECT_EQ(json->member("b")->raw, "3");
  EXPECT_EQ(json->raw, R"({"b":1,"a":2,"b":3})");
}

TEST(Json, FailsInGosWords) {
  EXPECT_EQ(error_of(""), "EOF");
  EXPECT_EQ(error_of(" \n"), "EOF");
  EXPECT_EQ(error_of("{bad"), "invalid character 'b' looking for beginning of object key string");
  EXPECT_EQ(error_of(R"({"a")"), "unexpected EOF");
  EXPECT_EQ(error_of(R"({"a" 1})"), "invalid character '1' after object key");
  EXPECT_EQ(error_of(R"({"a":1 "b"})"), R"(invalid character '"' after object key:value pair)");
  EXPECT_EQ(error_of(R"({"a":1,})"), "invalid character '}' looking for beginning of object key string");
  EXPECT_EQ(error_of("[1 2]"), "invalid character '2' after array element");
  EXPECT_EQ(error_of("[1,]"), "invalid character ']' looking for beginning of value");
  EXPECT_EQ(error_of("xyz"), "invalid character 'x' looking for beginning of value");
  EXPECT_EQ(error_of("'a'"), R"(invalid character '\'' looking for beginning of value)");
  EXPECT_EQ(error_of("tru!"), "invalid character '!' in literal true (expecting 'e')");
  EXPECT_EQ(error_of("nul"), "unexpected EOF");
  EXPECT_EQ(error_of("\"a\nb\""), R"(invalid character '\n' in string literal)");
  EXPECT_EQ(error_of(R"("\q")"), "invalid character 'q' in string escape code");
  EXPECT_EQ(error_of(R"("\u12g4")"), R"(invalid character 'g' in \u hexadecimal character escape)");
  EXPECT_EQ(error_of("-"), "unexpected EOF");
  EXPECT_EQ(error_of("-x"), "invalid character 'x' in numeric literal");
  EXPECT_EQ(error_of("1.x"), "invalid character 'x' after decimal point in numeric literal");
  EXPECT_EQ(error_of("1e+x"), "invalid character 'x' in exponent of numeric literal");
  EXPECT_EQ(error_of("[01]"), "invalid character '1' after array element");
  EXPECT_EQ(error_of("\xff"), "invalid character 'ÿ' looking for beginning of value");
}

TEST(Json, LimitsDepthAndCount) {
  EXPECT_EQ(error_of(std::string(501, '[')), "exceeded max depth");
  EXPECT_EQ(error_of(std::string(500, '[') + std::string(500, ']')), "");
  std::string many = "[";
  for (int i = 0; i < 1'000'000; ++i) many += "1,";
  EXPECT_EQ(error_of(many + "1]"), "too many values");
}

TEST(Json, TakesTenMegabytesOfText) {
  const std::string source = R"({"prompt":")" + std::string(10U << 20U, 'a') + R"("})";
  const auto json = parse_json(source);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->member("prompt")->text.size(), 10U << 20U);
}

TEST(Json, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(parse_json("\"a\xff\xc3(\xed\xa0\x80\"")->text, "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(parse_json(R"("\ud800x\udc00")")->text, "\uFFFDx\uFFFD");
  EXPECT_EQ(parse_json("\"\xF4\x8F\xBF\xBF\xF4\x90\x80\x80\"")->text, "\U0010FFFF\uFFFD\uFFFD\uFFFD\uFFFD");
}

// Mutated documents: we accept exactly what another parser accepts.
TEST(Json, AgreesWithNlohmannOnMutations) {
  const std::string seed = R"({"model":"a","n":[1,-0.5e-3,{"x":null}],"t":true,"s":"q\"\\\u00e9 \n"})";
  const std::string letters = R"({}[]",:0123456789.eE+-truefalsn\u )";
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seed;
    for (size_t k = random() % 3; k < 3; ++k) {
      const size_t at = random() % text.size();
      const char letter = letters[random() % letters.size()];
      if (random() % 3 == 0)
        text.erase(at, 1);
      else if (random() % 2 == 0)
        text[at] = letter;
      else
        text.insert(at, 1, letter);
    }
    const auto json = parse_json(text);
    const bool whole =
        json.ok() && text.find_first_not_of(' ', static_cast<size_t>(json->raw.data() - text.data()) +
                                                     json->raw.size()) == std::string::npos;
    const auto reference = nlohmann::json::parse(text, nullptr, false);
    // Numbers that a double cannot hold and lone surrogates are fine in Go.
    if (reference.is_discarded() && whole && (text.find("\\u") != std::string::npos)) continue;
    ASSERT_EQ(whole, !reference.is_discarded()) << text;
    accepted += whole ? 1 : 0;
  }
  EXPECT_GT(accepted, 500);
}

TEST(JsonWriter, EscapesAsGoDoes) {
  EXPECT_EQ(to_json_string("a<b>&\"\\\n\r\t\b\f\x01\x7f\u2028é😀\xff"),
            "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\r\\t\\b\\f\\u0001\x7f\\u2028é😀\\ufffd\"");
}

TEST(JsonWriter, RoundTripsRandomBytes) {
  std::mt19937 random(2);
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (size_t k = random() % 12; k > 0; --k) append_utf8(static_cast<char32_t>(random() % 0x11000U), text);
    const std::string written = to_json_string(text);
    ASSERT_EQ(parse_json(written)->text, text);
    ASSERT_EQ(nlohmann::json::parse(written).get<std::string>(), text);
  }
}

TEST(JsonWriter, WritesNumbersShortest) {
  const auto write = [](double value) {
    std::string out;
    append_json_number(out, value);
    return out;
  };
  EXPECT_EQ(write(static_cast<double>(-2.22843003F)), "-2.2284300327301025");
  EXPECT_EQ(write(0.25), "0.25");
  EXPECT_EQ(write(0), "0");
  EXPECT_EQ(write(1e-7), "1e-07");
  EXPECT_EQ(write(-INFINITY), "-9999");
  EXPECT_EQ(write(NAN), "-9999");
}

}  // namespace
}  // namespace samovar::wire
