#include "kernels/table.h"

#include <gtest/gtest.h>

#include <iostream>

#include "kernels/choose.h"
#include "kernels/pack.h"
#include "platform/cpu_features.h"

namespace samovar::kernels {
namespace {

TEST(AvailableTables, HoldGenericAndAllThatTheProcessorHas) {
  std::string names;
  for (const Table* table : available_tables()) names += " " + std::string(table->isa);
  std::cout << "kernel tables tested:" << names << "\n";
  EXPECT_NE(names.find("generic"), std::string::npos);
  const platform::CpuFeatures& cpu = platform::cpu_features();
  EXPECT_EQ(names.find("avx2") != std::string::npos, cpu.avx2);
  // Tests are linked with the emulated AVX-512 where the processor has none, which needs AVX2.
  EXPECT_EQ(names.find("avx512") != std::string::npos, cpu.avx2 || cpu.avx512_vnni);
  EXPECT_EQ(names.find("neon_dot") != std::string::npos, cpu.neon_dot);
  EXPECT_EQ(names.find("neon_i8mm") != std::string::npos, cpu.neon_i8mm);
}

TEST(ChooseTable, TakesTheNamedOne) {
  for (const Table* table : available_tables()) {
    const Choice choice = choose_table(table->isa);
    EXPECT_EQ(choice.table, table);
    EXPECT_EQ(choice.problem, "");
  }
}

TEST(ChooseTable, TakesTheBestWithoutAName) {
  EXPECT_EQ(choose_table("").table, available_tables().front());
  EXPECT_EQ(choose_table("").problem, "");
}

TEST(ChooseTable, SaysWhichNamesThereAre) {
  const Choice choice = choose_table("avx9");
  EXPECT_EQ(choice.table, available_tables().front());
  EXPECT_NE(choice.problem.find("'avx9'"), std::string::npos);
  EXPECT_NE(choice.problem.find("generic"), std::string::npos);
}

TEST(PanelBytes, AreCloseToTheFile) {
  using tensor::Type;
  EXPECT_EQ(panel_bytes(Type::kQ4_0, 2304, 8), 8 * tensor::row_bytes(Type::kQ4_0, 2304));
  EXPECT_EQ(panel_bytes(Type::kQ6_K, 2304, 16), 16 * tensor::row_bytes(Type::kQ6_K, 2304));
  EXPECT_EQ(panel_bytes(Type::kQ4_K, 256, 8), 8U * 148U);
  EXPECT_FALSE(packs(Type::kF16));
}

}  // namespace
}  // namespace samovar::kernels
