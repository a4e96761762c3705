// The program's subcommands, one file each (<name>_command.cc). Each function adds one to `program`; when
// the user chose it, it runs while the command line is parsed and leaves its exit code in `exit_code`.
#pragma once

namespace CLI {
class App;
}

namespace samovar::app {

void add_serve_command(CLI::App& program, int& exit_code);
void add_run_command(CLI::App& program, int& exit_code);
void add_list_command(CLI::App& program, int& exit_code);
void add_show_command(CLI::App& program, int& exit_code);
void add_ps_command(CLI::App& program, int& exit_code);
void add_import_command(CLI::App& program, int& exit_code);
void add_pull_command(CLI::App& program, int& exit_code);
void add_push_command(CLI::App& program, int& exit_code);
void add_create_command(CLI::App& program, int& exit_code);
void add_cp_command(CLI::App& program, int& exit_code);
void add_rm_command(CLI::App& program, int& exit_code);
void add_stop_command(CLI::App& program, int& exit_code);
void add_debug_command(CLI::App& program, int& exit_code);
void add_doctor_command(CLI::App& program, int& exit_code);
void add_health_command(CLI::App& program, int& exit_code);
void add_bench_command(CLI::App& program, int& exit_code);
void add_quantize_command(CLI::App& program, int& exit_code);
void add_key_command(CLI::App& program, int& exit_code);
void add_backup_command(CLI::App& program, int& exit_code);
void add_restore_command(CLI::App& program, int& exit_code);
void add_db_command(CLI::App& program, int& exit_code);
void add_data_command(CLI::App& program, int& exit_code);
void add_user_command(CLI::App& program, int& exit_code);
void add_config_command(CLI::App& program, int& exit_code);

}  // namespace samovar::app
