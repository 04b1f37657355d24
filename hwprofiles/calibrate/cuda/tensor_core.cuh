// The tensor core's 16×8×16 BF16 product and the loads that feed it, as PTX names them (mma.m16n8k16, ldmatrix, cp.async; PTX
// ISA, sections on warp-level matrix instructions). With g = lane / 4 and t = lane % 4 a lane holds of the result rows g and g +
// 8, columns 2t and 2t + 1.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace gpufleet::hw::cuda {

/// c += a · b; a is 16×16 row-major, b 16×8 as two registers.
__device__ inline void multiply(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ inline std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

/// The 16×16 block at `corner` of a row-major matrix in shared memory, as the first operand.
__device__ inline void load_a(std::uint32_t (&a)[4], const __nv_bfloat16* corner, int stride) {
  const int lane = threadIdx.x % 32;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
               : "r"(shared_address(corner + (lane % 16) * stride + lane / 16 * 8)));
}

/// The 16×8 block at `corner` (rows: the sum's index) of a row-major matrix, as the second operand.
__device__ inline void load_b(std::uint32_t& b0, std::uint32_t& b1, const __nv_bfloat16* corner, int stride) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
               : "=r"(b0), "=r"(b1)
               : "r"(shared_address(corner + (threadIdx.x % 16) * stride)));
}

/// The same of a matrix stored transposed: `corner` is 8 rows of 16.
__device__ inline void load_b_transposed(std::uint32_t& b0, std::uint32_t& b1, const __nv_bfloat16* corner, int stride) {
  const int lane = threadIdx.x % 32;
  const __nv_bfloat16* at = corner + lane / 4 * stride + lane % 4 * 2;
  b0 = *reinterpret_cast<const std::uint32_t*>(at);
  b1 = *reinterpret_cast<const std::uint32_t*>(at + 8);
}

__device__ inline std::uint32_t pack(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}

/// 16 bytes from global to shared memory without waiting; zeros where `valid` is false.
__device__ inline void copy_async(void* to, const void* from, bool valid) {
  const int bytes = valid ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes));
}
__device__ inline void close_copies() { asm volatile("cp.async.commit_group;"); }
/// Waits until all but the `Open` newest groups of copies are there.
template <int Open>
__device__ inline void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Open));
}

/// `rows` rows of `Width` values to shared rows of `Width + 8` (no two rows of eight meet in a bank); rows from `valid` on are
/// zeros.
template <int Width>
__device__ inline void load_rows(__nv_bfloat16* to, const __nv_bfloat16* from, int rows, std::int64_t valid) {
  constexpr int kChunks = Width / 8;
  for (int i = threadIdx.x; i < rows * kChunks; i += blockDim.x) {
    const int row = i / kChunks, chunk = i % kChunks * 8;
    const bool is_valid = row < valid;
    copy_async(to + row * (Width + 8) + chunk, from + (is_valid ? static_cast<std::int64_t>(row) * Width + chunk : 0), is_valid);
  }
}

}  // namespace gpufleet::hw::cuda
