// Empty on purpose: CMake attaches the precompiled header of the tests to this file.
