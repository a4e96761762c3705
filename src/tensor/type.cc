#include "tensor/type.h"

#include <array>

#include "base/check.h"

namespace samovar::tensor {
namespace {

constexpr std::array<TypeInfo, 15> kTypes = {{
    {Type::kF32, "F32", 1, 4},
    {Type::kF16, "F16", 1, 2},
    {Type::kBF16, "BF16", 1, 2},
    {Type::kQ4_0, "Q4_0", 32, 18},
    {Type::kQ4_1, "Q4_1", 32, 20},
    {Type::kQ5_0, "Q5_0", 32, 22},
    {Type::kQ5_1, "Q5_1", 32, 24},
    {Type::kQ8_0, "Q8_0", 32, 34},
    {Type::kQ2_K, "Q2_K", 256, 84},
    {Type::kQ3_K, "Q3_K", 256, 110},
    {Type::kQ4_K, "Q4_K", 256, 144},
    {Type::kQ5_K, "Q5_K", 256, 176},
    {Type::kQ6_K, "Q6_K", 256, 210},
    {Type::kIQ4_NL, "IQ4_NL", 32, 18},
    {Type::kIQ4_XS, "IQ4_XS", 256, 136},
}};

// Every number the format has given out, for error messages about types we do not read.
constexpr std::array<std::string_view, 40> kNames = {
    "F32",      "F16",      "Q4_0",    "Q4_1",  "Q4_2",       "Q4_3",       "Q5_0",       "Q5_1",
    "Q8_0",     "Q8_1",     "Q2_K",    "Q3_K",  "Q4_K",       "Q5_K",       "Q6_K",       "Q8_K",
    "IQ2_XXS",  "IQ2_XS",   "IQ3_XXS", "IQ1_S", "IQ4_NL",     "IQ3_S",      "IQ2_S",      "IQ4_XS",
    "I8",       "I16",      "I32",     "I64",   "F64",        "IQ1_M",      "BF16",       "Q4_0_4_4",
    "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",   "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4"};

}  // namespace

std::optional<TypeInfo> find_type(uint32_t gguf_number) {
  for (const TypeInfo& info : kTypes) {
    if (static_cast<uint32_t>(info.type) == gguf_number) return info;
  }
  return std::nullopt;
}

const TypeInfo& type_info(Type type) {
  for (const TypeInfo& info : kTypes) {
    if (info.type == type) return info;
  }
  CHECK(false && "a Type outside its enumeration");
}

std::string_view type_name(uint32_t gguf_number) {
  return gguf_number < kNames.size() ? kNames[gguf_number] : std::string_view("an unknown number");
}

}  // namespace samovar::tensor
