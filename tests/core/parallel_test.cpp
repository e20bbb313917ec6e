#include "eigenhead/core/parallel.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace eigenhead {
namespace {

static_assert(!std::is_copy_constructible_v<ThreadPool>);

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (const int num_threads : {1, 2, 3, 4}) {
    ThreadPool pool(num_threads);
    EXPECT_EQ(pool.concurrency(), num_threads);
    for (const Index num_tasks : {0, 1, 2, 5, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(num_tasks));
      pool.run(num_tasks, [&](Index i) { ++calls[static_cast<std::size_t>(i)]; });
      for (const std::atomic<int>& count : calls) ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, ManyShortRoundsLoseNoTask) {
  ThreadPool pool(4);
  std::atomic<Index> calls{0};
  for (int round = 0; round < 2000; ++round) pool.run(3, [&](Index) { ++calls; });
  EXPECT_EQ(calls, 6000);
}

/// Each task waits for the others, so that no thread can take two.
TEST(ThreadPool, ThreadsThatSleepWakeForTheNextRun) {
  ThreadPool pool(3);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> num_begun{0};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    pool.run(3, [&](Index) {
      ++num_begun;
      while (num_begun < 3 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    });
    EXPECT_LT(std::chrono::steady_clock::now(), deadline);
    EXPECT_EQ(num_begun, 3);
  }
}

TEST(ThreadPool, ExceptionReachesTheCallerAfterAllTasksEndedAndThePoolStaysUsable) {
  ThreadPool pool(3);
  std::atomic<int> calls{0};
  const auto task = [&](Index i) {
    ++calls;
    if (i == 7) throw std::runtime_error("task 7");
  };
  EXPECT_THROW_WITH(pool.run(100, task), std::runtime_error, "task 7");
  EXPECT_EQ(calls, 100);
  EXPECT_NO_THROW(pool.run(5, task));
  EXPECT_EQ(calls, 105);
}

TEST(ThreadPool, OneOfManyExceptionsIsRethrown) {
  ThreadPool pool(4);
  EXPECT_THROW_WITH(pool.run(50, [](Index) { throw ValueError("every task"); }), ValueError,
                    "every task");
}

TEST(ThreadPool, SeveralThreadsTakeTurns) {
  ThreadPool pool(2);
  std::vector<Index> sums(4);
  std::vector<std::thread> callers;
  for (Index& sum : sums)
    callers.emplace_back([&pool, &sum] {
      for (int round = 0; round < 100; ++round) {
        std::atomic<Index> total{0};
        pool.run(10, [&](Index i) { total += i; });
        sum += total;
      }
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sums, (std::vector<Index>{4500, 4500, 4500, 4500}));
}

TEST(ThreadPool, TaskMayUseAnotherPool) {
  ThreadPool outer(2);
  std::atomic<int> calls{0};
  outer.run(4, [&](Index) {
    ThreadPool inner(2);
    inner.run(4, [&](Index) { ++calls; });
  });
  EXPECT_EQ(calls, 16);
}

TEST(ThreadPool, UnusedPoolEnds) { const ThreadPool pool(4); }

TEST(ThreadPool, NoThreadsAreRefused) {
  EXPECT_THROW_WITH(ThreadPool(0), ValueError,
                    "ThreadPool: num_threads must be >= 1; got num_threads 0");
  EXPECT_THROW_WITH(ThreadPool(-2), ValueError,
                    "ThreadPool: num_threads must be >= 1; got num_threads -2");
}

TEST(SerialExecutor, RunsInOrderOnTheCallingThread) {
  SerialExecutor serial;
  EXPECT_EQ(serial.concurrency(), 1);
  std::vector<Index> order;
  const std::thread::id caller = std::this_thread::get_id();
  serial.run(3, [&](Index i) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(i);
  });
  EXPECT_EQ(order, (std::vector<Index>{0, 1, 2}));
}

/// Remembers the parts that parallel_for makes for a given concurrency.
class RecordingExecutor final : public Executor {
 public:
  explicit RecordingExecutor(int concurrency) : concurrency_(concurrency) {}
  int concurrency() const override { return concurrency_; }
  void run(Index num_tasks, const std::function<void(Index)>& task) override {
    for (Index i = num_tasks; i-- > 0;) task(i);
  }

 private:
  int concurrency_;
};

TEST(ParallelFor, PartsCoverTheRangeOnceAndHoldAtLeastTheGrain) {
  for (const int concurrency : {1, 2, 3, 7})
    for (const Index count : {1, 2, 16, 17, 100, 1001})
      for (const Index grain : {1, 3, 64, 5000}) {
        RecordingExecutor executor(concurrency);
        std::vector<int> covered(static_cast<std::size_t>(count));
        parallel_for(executor, count, grain, [&](Index begin, Index end) {
          EXPECT_LT(begin, end);
          EXPECT_TRUE(end - begin >= grain || end == count);
          for (Index i = begin; i < end; ++i) ++covered[static_cast<std::size_t>(i)];
        });
        EXPECT_EQ(covered, std::vector<int>(static_cast<std::size_t>(count), 1));
      }
}

TEST(ParallelFor, NothingToDoCallsNothing) {
  ThreadPool pool(2);
  parallel_for(pool, 0, 1, [](Index, Index) { FAIL(); });
  parallel_for(pool, -5, 1, [](Index, Index) { FAIL(); });
}

TEST(ParallelFor, GivesEqualBitsOnAnyNumberOfThreads) {
  const auto run = [](Executor& executor) {
    std::vector<double> values(10007);
    parallel_for(executor, 10007, 16, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        values[static_cast<std::size_t>(i)] = std::sin(static_cast<double>(i)) / 3;
    });
    return values;
  };
  SerialExecutor serial;
  const std::vector<double> expected = run(serial);
  for (const int num_threads : {1, 2, 3, 4}) {
    ThreadPool pool(num_threads);
    EXPECT_EQ(run(pool), expected);
  }
}

TEST(ParallelFor, ExceptionOfTheBodyReachesTheCaller) {
  ThreadPool pool(3);
  const auto body = [](Index begin, Index) {
    if (begin > 0) throw ValueError("part " + std::string("failed"));
  };
  EXPECT_THROW_WITH(parallel_for(pool, 1000, 1, body), ValueError, "part failed");
}

TEST(ParallelFor, GrainBelowOneIsRefused) {
  SerialExecutor serial;
  EXPECT_THROW_WITH(parallel_for(serial, 10, 0, [](Index, Index) {}), ValueError,
                    "parallel_for: grain must be >= 1; got grain 0");
}

TEST(ParallelFor, HugeGrainGivesOnePart) {
  ThreadPool pool(2);
  int calls = 0;
  parallel_for(pool, 10, std::numeric_limits<Index>::max(), [&](Index begin, Index end) {
    ++calls;
    EXPECT_EQ(begin, 0);
    EXPECT_EQ(end, 10);
  });
  EXPECT_EQ(calls, 1);
}

TEST(ParallelFor, ExecutorWithoutConcurrencyIsRefused) {
  class NoExecutor final : public Executor {
   public:
    int concurrency() const override { return 0; }
    void run(Index, const std::function<void(Index)>&) override {}
  } executor;
  EXPECT_THROW_WITH(parallel_for(executor, 10, 1, [](Index, Index) {}), ValueError,
                    "parallel_for: concurrency of the executor must be >= 1; got concurrency 0");
}

}  // namespace
}  // namespace eigenhead
