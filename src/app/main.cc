#include "app/program.h"

int main(int argc, char** argv) { return samovar::app::run_program(argc, argv); }
