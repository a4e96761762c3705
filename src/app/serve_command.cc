#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.h"
#include "app/report.h"
#include "app/serve_options.h"

namespace samovar::app {

void add_serve_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("serve", "Serve the chat page and the Ollama and OpenAI API");
  command->alias("start");
  command->footer(
      "\nEnvironment:\n"
      "  OLLAMA_HOST=http://HOST:PORT  answers come from that Ollama server instead of the built-in engine\n"
      "  SAMOVAR_UPSTREAM              other servers that answer: openai+http://HOST:PORT/v1, "
      "ollama+http://...; "
      "several with commas\n"
      "  SAMOVAR_UPSTREAM_KEY[_FILE]   the key that they want, or the file that holds it\n"
      "  SAMOVAR_UPSTREAM_CHECK, SAMOVAR_UPSTREAM_STALL\n"
      "                                how often they are looked after (10s); how long an answer may be "
      "silent "
      "(60s)\n"
      "  SAMOVAR_LOG_REQUESTS=1        log a line for each request, with its trace\n"
      "  OLLAMA_HOST=HOST[:PORT]       without http://: where to listen, unless --host or --api-port say it\n"
      "  OLLAMA_KEEP_ALIVE             how long other models stay in memory (5m)\n"
      "  OLLAMA_CONTEXT_LENGTH         tokens of a conversation unless a request says otherwise (4096)\n"
      "  OLLAMA_NUM_PARALLEL           conversations answered at once (4); more wait in line\n"
      "  OLLAMA_KV_CACHE_TYPE          as --kv-cache\n"
      "  OLLAMA_MAX_QUEUE              requests that may wait (512)\n"
      "  SAMOVAR_MAX_PER_CLIENT        answers that one account, key, browser or address may have under way "
      "or in line\n"
      "                                at once; default: any number (clients take turns in any case)\n"
      "  SAMOVAR_REQUEST_TIMEOUT       how long an answer of the API may take, waiting included (120s); 0: "
      "any time\n"
      "  OLLAMA_MAX_LOADED_MODELS      models in memory at once (3)\n"
      "  SAMOVAR_MEMORY                what all models together may take, such as 3GB; default: what is "
      "free\n"
      "  SAMOVAR_REQUIRE_KEY=1         demand an API key also while there is none ('samovar key create')\n"
      "  OLLAMA_MAX_TRANSFER_STREAMS   ranges of a file that 'pull' downloads at once (8)\n"
      "  SAMOVAR_KEEP_DAYS             as --keep-days\n"
      "  SAMOVAR_DATABASE              postgresql://USER:PASSWORD@HOST/NAME: conversations are kept there\n"
      "  SAMOVAR_DATABASE_FILE         the same, in the first line of that file\n"
      "  OLLAMA_NOPRUNE=1              do not remove unused files of the store at the start\n"
      "  HTTPS_PROXY, NO_PROXY         the way to registries\n"
      "  OLLAMA_ORIGINS                web origins that may use the API, separated by commas\n"
      "\nEvery option can be set in the environment too (--tls-cert as SAMOVAR_TLS_CERT) and, like the "
      "variables,\nin samovar.toml below [server] (tls_cert = \"...\"); 'samovar config show' says what "
      "holds "
      "and why.\n");
  const auto options = std::make_shared<ServeOptions>();
  add_serve_options(*command, *options);
  command->callback([command, options, &exit_code] {
    const Result<void> settled = settle_serve_options(*command, *options);
    exit_code = settled ? serve(*options) : report(settled.error());
  });
}

}  // namespace samovar::app
