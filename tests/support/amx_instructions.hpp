#pragma once

#include "eigenhead/kernels/target.hpp"

#if EIGENHEAD_HAS_AMX_KERNELS

#include "eigenhead/kernels/reference/half.hpp"

#include <ucontext.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace eigenhead {

/// As long as this object lives, the instructions of AMX that the kernels use run on a processor
/// that has none: it raises SIGILL, and a handler does what Intel's manual says (Software
/// Developer's Manual, volume 2, "Operation") to tiles of the thread. So what the assembler made of
/// the kernels is tested: operands, addresses, strides, configuration. What it does not know, and
/// tiles that were not configured, end the program.
class AmxInstructions {
 public:
  AmxInstructions() {
    struct sigaction action = {};
    action.sa_sigaction = emulate;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGILL, &action, &before_);
  }
  AmxInstructions(const AmxInstructions&) = delete;
  AmxInstructions& operator=(const AmxInstructions&) = delete;
  ~AmxInstructions() { sigaction(SIGILL, &before_, nullptr); }

 private:
  struct Tile {
    std::uint8_t bytes[16][64];
  };
  /// Tiles of 16 rows of 64 bytes, the only configuration that the kernels ask for.
  struct State {
    bool is_configured;
    Tile tiles[8];
  };

  /// A VEX instruction of three bytes of prefix, as the manual names its fields.
  struct Instruction {
    const std::uint8_t* bytes;
    int pp() const { return bytes[2] & 3; }  // 0 none, 1 66, 2 F3, 3 F2
    int vvvv() const { return ~bytes[2] >> 3 & 15; }
    int opcode() const { return bytes[3]; }
    int mod() const { return bytes[4] >> 6; }
    int reg() const { return bytes[4] >> 3 & 7; }
    int rm() const { return bytes[4] & 7; }
    bool is_vex_0f38_w0_128() const {
      return bytes[0] == 0xc4 && (bytes[1] & 31) == 2 && (bytes[2] & 0x84) == 0;
    }
  };

  /// base + displacement, index << scale, and where the instruction ends.
  struct Memory {
    std::uint8_t* base;
    std::ptrdiff_t stride;
    const std::uint8_t* end;
  };

  static std::int64_t general_register(const ucontext_t& context, int number) {
    static constexpr int kOrder[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                     REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15};
    return context.uc_mcontext.gregs[kOrder[number]];
  }

  static Memory memory_of(const Instruction& instruction, const ucontext_t& context) {
    const int extended_base = (instruction.bytes[1] & 0x20) != 0 ? 0 : 8;
    const int extended_index = (instruction.bytes[1] & 0x40) != 0 ? 0 : 8;
    const std::uint8_t* next = instruction.bytes + 5;
    int base = instruction.rm();
    std::int64_t index = 0;
    if (base == 4) {
      const std::uint8_t sib = *next++;
      base = sib & 7;
      const int number = (sib >> 3 & 7) + extended_index;
      if (number != 4) index = general_register(context, number) << (sib >> 6);
    }
    std::int64_t address = 0;
    const bool has_no_base = instruction.mod() == 0 && base == 5;
    if (has_no_base && instruction.rm() == 5)  // from the end of the instruction
      address = reinterpret_cast<std::int64_t>(next + 4);
    if (!has_no_base) address = general_register(context, base + extended_base);
    if (instruction.mod() == 1) address += static_cast<std::int8_t>(*next++);
    if (instruction.mod() == 2 || has_no_base) {
      std::int32_t displacement = 0;
      std::memcpy(&displacement, next, 4);
      address += displacement;
      next += 4;
    }
    return {reinterpret_cast<std::uint8_t*>(address), index, next};
  }

  static void emulate(int, siginfo_t*, void* saved) {
    auto& context = *static_cast<ucontext_t*>(saved);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(context.uc_mcontext.gregs[REG_RIP]);
    const Instruction instruction{bytes};
    if (!instruction.is_vex_0f38_w0_128()) give_up("another illegal instruction");
    const std::uint8_t* end =
        instruction.mod() == 3 ? on_registers(instruction) : on_memory(instruction, context);
    context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(end);
  }

  static const std::uint8_t* on_registers(const Instruction& instruction) {
    State& state = state_of_thread();
    if (instruction.opcode() == 0x49 && instruction.pp() == 0) {  // tilerelease
      state.is_configured = false;
    } else if (instruction.opcode() == 0x49 && instruction.pp() == 3) {
      std::memset(configured_tile(instruction.reg()).bytes, 0, sizeof(Tile));
    } else if (instruction.opcode() == 0x5c && instruction.pp() == 2) {
      multiply(configured_tile(instruction.rm()), configured_tile(instruction.vvvv()),
               configured_tile(instruction.reg()));
    } else {
      give_up("an instruction that the kernels do not use");
    }
    return instruction.bytes + 5;
  }

  static const std::uint8_t* on_memory(const Instruction& instruction, const ucontext_t& context) {
    const Memory memory = memory_of(instruction, context);
    if (instruction.opcode() == 0x49 && instruction.pp() == 0) {
      configure(memory.base);
    } else if (instruction.opcode() == 0x4b && instruction.pp() == 3) {
      Tile& tile = configured_tile(instruction.reg());
      for (int row = 0; row < 16; ++row)
        std::memcpy(tile.bytes[row], memory.base + row * memory.stride, 64);
    } else if (instruction.opcode() == 0x4b && instruction.pp() == 2) {
      const Tile& tile = configured_tile(instruction.reg());
      for (int row = 0; row < 16; ++row)
        std::memcpy(memory.base + row * memory.stride, tile.bytes[row], 64);
    } else {
      give_up("an instruction that the kernels do not use");
    }
    return memory.end;
  }

  /// 64 bytes: palette, start row, 14 reserved, 16 times bytes in a row, 16 times rows.
  static void configure(const std::uint8_t* bytes) {
    bool is_known = bytes[0] == 1;
    for (int i = 1; i < 16; ++i) is_known = is_known && bytes[i] == 0;
    for (int tile = 0; tile < 16; ++tile) {
      const bool is_used = tile < 8;
      is_known = is_known && bytes[16 + 2 * tile] == (is_used ? 64 : 0) &&
                 bytes[17 + 2 * tile] == 0 && bytes[48 + tile] == (is_used ? 16 : 0);
    }
    if (!is_known) give_up("another configuration of tiles");
    state_of_thread() = State{};
    state_of_thread().is_configured = true;
  }

  /// TDPBF16PS: the products of even and of odd numbers are summed apart, then added.
  static void multiply(const Tile& left, const Tile& right, Tile& sums) {
    for (int m = 0; m < 16; ++m)
      for (int n = 0; n < 16; ++n) {
        float parts[2] = {0, 0};
        for (int pair = 0; pair < 16; ++pair)
          for (int half = 0; half < 2; ++half)
            parts[half] = flushed(
                std::fma(number(left, m, pair, half), number(right, pair, n, half), parts[half]));
        float sum = 0;
        std::memcpy(&sum, sums.bytes[m] + 4 * n, 4);
        sum = flushed(flushed(sum) + flushed(parts[0] + parts[1]));
        std::memcpy(sums.bytes[m] + 4 * n, &sum, 4);
      }
  }

  static float number(const Tile& tile, int row, int column, int half) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, tile.bytes[row] + 4 * column + 2 * half, 2);
    return flushed(detail::reference::float_from_bfloat16(bits));
  }
  static float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? 0.0f : x; }

  static Tile& configured_tile(int number) {
    State& state = state_of_thread();
    if (!state.is_configured || number > 7) give_up("a tile that is not configured");
    return state.tiles[number];
  }

  static State& state_of_thread() {
    static thread_local State state = {};
    return state;
  }

  [[noreturn]] static void give_up(const char* met) {
    static constexpr char kText[] = "AmxInstructions: met ";
    [[maybe_unused]] auto written = write(2, kText, sizeof kText - 1);
    written = write(2, met, std::strlen(met));
    std::abort();
  }

  struct sigaction before_ = {};
};

}  // namespace eigenhead

#endif
