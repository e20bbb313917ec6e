// error: compile without -ffast-math
// flags: -ffast-math
#include "eigenhead/version.hpp"

int main() { return eigenhead::version()[0] == '\0' ? 1 : 0; }
