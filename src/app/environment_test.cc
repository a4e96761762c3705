#include "app/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace samovar::app {
namespace {

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(Environment, OnlyAnAddressWithASchemeIsAnUpstream) {
  const Variable host("OLLAMA_HOST", "http://10.0.0.5:11434");
  EXPECT_EQ(upstream_address(), "http://10.0.0.5:11434");
  const Variable bare("OLLAMA_HOST", "0.0.0.0:11434");
  EXPECT_EQ(upstream_address(), "");
}

TEST(Environment, OllamasSettingsCarryOver) {
  const Variable parallel("OLLAMA_NUM_PARALLEL", "2");
  const Variable context("OLLAMA_CONTEXT_LENGTH", "8192");
  const Variable keep("OLLAMA_KEEP_ALIVE", "10m");
  backend::EngineBackendOptions options;
  ASSERT_TRUE(read_engine_environment(options));
  EXPECT_EQ(options.resident.n_slots, 2U);
  EXPECT_EQ(options.resident.num_ctx, 8192);
  EXPECT_EQ(options.keep_alive_ns, int64_t{600} * 1'000'000'000);
}

TEST(Environment, TheCachesType) {
  backend::EngineBackendOptions options;
  const Variable eight("OLLAMA_KV_CACHE_TYPE", "q8_0");
  ASSERT_TRUE(read_engine_environment(options));
  EXPECT_TRUE(options.resident.quantized_cache);
  const Variable half("OLLAMA_KV_CACHE_TYPE", "f16");
  ASSERT_TRUE(read_engine_environment(options));
  EXPECT_FALSE(options.resident.quantized_cache);
  const Variable four("OLLAMA_KV_CACHE_TYPE", "q4_0");
  const Result<void> read = read_engine_environment(options);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "OLLAMA_KV_CACHE_TYPE=\"q4_0\": expected f16 or q8_0");
}

TEST(Environment, KeepAliveInSecondsAndForEver) {
  backend::EngineBackendOptions options;
  const Variable seconds("OLLAMA_KEEP_ALIVE", "90");
  ASSERT_TRUE(read_engine_environment(options));
  EXPECT_EQ(options.keep_alive_ns, int64_t{90} * 1'000'000'000);
  const Variable forever("OLLAMA_KEEP_ALIVE", "-1");
  ASSERT_TRUE(read_engine_environment(options));
  EXPECT_LT(options.keep_alive_ns, 0);
}

TEST(Environment, WrongValuesAreNamed) {
  backend::EngineBackendOptions options;
  const Variable parallel("OLLAMA_NUM_PARALLEL", "many");
  const Result<void> read = read_engine_environment(options);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "OLLAMA_NUM_PARALLEL=\"many\": expected a whole number from 1 to 1000000");
}

TEST(Environment, OriginsAreSplitAtCommas) {
  const Variable origins("OLLAMA_ORIGINS", "https://a.example, https://*.b.example");
  EXPECT_EQ(environment_list("OLLAMA_ORIGINS"),
            (std::vector<std::string>{"https://a.example", "https://*.b.example"}));
}

TEST(Environment, OllamaHostWithoutASchemeIsWhereToListen) {
  const auto told = [](const char* value) {
    ::setenv("OLLAMA_HOST", value, 1);
    const auto address = bind_address();
    ::unsetenv("OLLAMA_HOST");
    if (!address) return std::string("refused");
    return *address ? (*address)->host + " " + std::to_string((*address)->port) : std::string("nothing");
  };
  EXPECT_EQ(told(""), "nothing");
  EXPECT_EQ(told("http://10.0.0.5:11434"), "nothing");
  EXPECT_EQ(told("0.0.0.0"), "0.0.0.0 11434");
  EXPECT_EQ(told("0.0.0.0:8080"), "0.0.0.0 8080");
  EXPECT_EQ(told(":11435"), "127.0.0.1 11435");
  EXPECT_EQ(told("[::1]:11500"), "::1 11500");
  EXPECT_EQ(told("box:99999"), "refused");
}

}  // namespace
}  // namespace samovar::app
