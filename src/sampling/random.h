// xoshiro256** 1.0 (Blackman and Vigna), its state filled from one seed by splitmix64. Small, fast and the
// same on every machine, which std::uniform_real_distribution is not.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace samovar::sampling {

class Random {
 public:
  explicit Random(uint64_t seed);

  [[nodiscard]] uint64_t next();

  // Uniform in [0, 1), 53 bits.
  [[nodiscard]] double next_unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::array<uint64_t, 4> state_;
};

inline Random::Random(uint64_t seed) : state_{} {
  for (uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15U;
    uint64_t z = seed;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    word = z ^ (z >> 31U);
  }
}

inline uint64_t Random::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

}  // namespace samovar::sampling
