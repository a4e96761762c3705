// Carries a long operation of the library to a client: a line of JSON for each step, or only the end.
#pragma once

#include <functional>
#include <memory>

#include "backend/library.h"
#include "http/message.h"

namespace samovar::api {

enum class Steps { kStream, kLastOnly };

// Begins the operation with the listener it is given, and lets a client that goes away cancel it. An error
// that comes before the first step is an answer of its own, with the status of its code; later ones are the
// last line of a stream, or a 500.
void run_operation(
    const std::shared_ptr<http::ResponseWriter>& writer, Steps steps,
    const std::function<std::shared_ptr<backend::Run>(std::shared_ptr<backend::ProgressListener>)>& begin);

}  // namespace samovar::api
