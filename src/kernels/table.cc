#include "kernels/table.h"

#include <array>
#include <cstdlib>
#include <string>

#include "kernels/activations.h"
#include "kernels/choose.h"
#include "kernels/variants.h"
#include "platform/cpu_features.h"

namespace samovar::kernels {
namespace {

struct Available {
  std::array<const Table*, 3> tables = {};
  size_t n = 0;

  void add(const Table& table) { tables[n++] = &table; }
};

Available find_available() {
  const platform::CpuFeatures& cpu = platform::cpu_features();
  Available found;
#if defined(__aarch64__)
  if (cpu.neon_i8mm) found.add(neon_i8mm::kTable);
  if (cpu.neon_dot) found.add(neon_dot::kTable);
  found.add(generic::kTable);
#elif !defined(__x86_64__)
  found.add(generic::kTable);
#elif defined(SAMOVAR_EMULATE_AVX512)
  // Computes what AVX-512 would, with AVX2, slowly: only for tests that ask for it by name.
  if (cpu.avx2) found.add(avx2::kTable);
  found.add(generic::kTable);
  if (cpu.avx2) found.add(avx512::kTable);
#else
  if (cpu.avx512_vnni) found.add(avx512::kTable);
  if (cpu.avx2) found.add(avx2::kTable);
  found.add(generic::kTable);
#endif
  return found;
}

const Choice& choice() {
  static const Choice chosen = [] {
    const char* variable = std::getenv("SAMOVAR_ISA");
    return choose_table(variable != nullptr ? variable : "");
  }();
  return chosen;
}

}  // namespace

std::span<const Table* const> available_tables() {
  static const Available available = find_available();
  return {available.tables.data(), available.n};
}

Choice choose_table(std::string_view wanted) {
  const std::span<const Table* const> tables = available_tables();
  if (wanted.empty()) return {tables.front(), ""};
  std::string names;
  for (const Table* candidate : tables) {
    if (candidate->isa == wanted) return {candidate, ""};
    if (!names.empty()) names += ", ";
    names += candidate->isa;
  }
  std::string problem = "SAMOVAR_ISA is '";
  problem += wanted;
  problem += "', which this program or processor does not have; it has: ";
  problem += names;
  return {tables.front(), problem};
}

const Table& table() { return *choice().table; }

std::string_view isa_problem() { return choice().problem; }

size_t quantized_row_bytes(size_t cols) { return cols / kActivationBlock * sizeof(ActivationBlock); }

}  // namespace samovar::kernels
