// "keep_alive": a number of seconds, or a duration as Go writes it ("5m"); negative: for ever.
#pragma once

#include <cstdint>
#include <optional>

#include "wire/decoder.h"

namespace samovar::wire {

// Nanoseconds; -1: for ever.
void read_keep_alive(Decoder& decoder, const Json& value, std::optional<int64_t>& out);

}  // namespace samovar::wire
