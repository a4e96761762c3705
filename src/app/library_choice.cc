#include "app/library_choice.h"

#include "app/environment.h"
#include "app/upstream_choice.h"
#include "backend/local_library.h"
#include "backend/ollama_library.h"
#include "catalog/store.h"

namespace samovar::app {

Result<std::shared_ptr<backend::Library>> make_local_library() {
  registry::DownloadOptions options;
  if (const Result<void> read = read_transfer_environment(options); !read) return read.error();
  return std::shared_ptr<backend::Library>(
      std::make_shared<backend::LocalLibrary>(catalog::Store::default_root(), options));
}

Result<std::shared_ptr<backend::Library>> choose_library() {
  const std::string told = environment("OLLAMA_HOST");
  return told.empty() ? make_local_library()
                      : backend::OllamaLibrary::make(told, environment("OLLAMA_API_KEY"));
}

Result<std::shared_ptr<backend::Library>> library_of(const backend::Backend& backend) {
  const std::string place = backend.place();
  if (!place.starts_with("http")) return make_local_library();
  // What was named by SAMOVAR_UPSTREAM may be several, or no Ollama.
  if (dynamic_cast<const backend::UpstreamPool*>(&backend) != nullptr) {
    const Result<ChosenUpstream> chosen = make_upstream_pool(environment("SAMOVAR_UPSTREAM"));
    if (!chosen) return chosen.error();
    return chosen->library;
  }
  return backend::OllamaLibrary::make(place, environment("OLLAMA_API_KEY"));
}

}  // namespace samovar::app
