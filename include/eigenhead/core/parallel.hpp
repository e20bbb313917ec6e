#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/shape.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace eigenhead {

/// Runs numbered tasks. Implement it to bring your own threads; nothing in eigenhead starts a
/// thread unless the caller made an executor that does.
class Executor {
 public:
  virtual ~Executor() = default;

  /// How many tasks may run at the same time, the caller's thread included.
  virtual int concurrency() const = 0;

  /// Calls task(i) for each 0 <= i < num_tasks, in any order and on any thread, and returns when
  /// all have ended. When tasks throw, one of the exceptions is rethrown here after all have ended.
  virtual void run(Index num_tasks, const std::function<void(Index)>& task) = 0;
};

/// Runs every task on the calling thread, in order.
class SerialExecutor final : public Executor {
 public:
  int concurrency() const override { return 1; }
  void run(Index num_tasks, const std::function<void(Index)>& task) override {
    for (Index i = 0; i < num_tasks; ++i) task(i);
  }
};

/// A pool of `num_threads` threads, the caller of run() being one of them; the others start with
/// the pool and end with it. run() may be called from several threads: the calls take turns. A task
/// must not call run() of its own pool.
///
/// run() does not wait for threads that have not begun when the last task is taken. A thread
/// without work looks for more for a tenth of a millisecond, for one run() often follows another,
/// and then sleeps.
class ThreadPool final : public Executor {
 public:
  /// Throws ValueError unless num_threads >= 1.
  explicit ThreadPool(
      int num_threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {
    check<ValueError>(num_threads >= 1, "ThreadPool: num_threads must be >= 1", "num_threads",
                      num_threads);
    try {
      for (int i = 1; i < num_threads; ++i) workers_.emplace_back([this] { serve(); });
    } catch (...) {
      stop();  // the system refused a thread: those that run must end before this object does
      throw;
    }
  }

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  ~ThreadPool() override { stop(); }

  int concurrency() const override { return static_cast<int>(workers_.size()) + 1; }

  void run(Index num_tasks, const std::function<void(Index)>& task) override {
    if (num_tasks <= 0) return;
    const std::lock_guard<std::mutex> turn(turn_);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      task_ = &task;
      num_tasks_ = num_tasks;
      next_ = 0;
      first_exception_ = nullptr;
      is_open_ = true;
      ++round_;
    }
    work_is_there_.notify_all();
    take_tasks();
    std::unique_lock<std::mutex> lock(mutex_);
    is_open_ = false;
    lock.unlock();
    look_for([this] { return busy_workers_ == 0; });
    lock.lock();
    workers_are_idle_.wait(lock, [this] { return busy_workers_ == 0; });
    if (first_exception_) std::rethrow_exception(std::exchange(first_exception_, nullptr));
  }

 private:
  void stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_stopping_ = true;
      ++round_;
    }
    work_is_there_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  void take_tasks() {
    for (Index i = next_++; i < num_tasks_; i = next_++) {
      try {
        (*task_)(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!first_exception_) first_exception_ = std::current_exception();
      }
    }
  }

  /// Returns when is_there(), or after a while: to wake a thread that sleeps takes as long as many
  /// a task.
  template <class Condition>
  static void look_for(const Condition& is_there) {
    constexpr std::chrono::microseconds kWhile(100);
    const auto end = std::chrono::steady_clock::now() + kWhile;
    while (!is_there() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  void serve() {
    std::size_t seen_round = 0;
    const auto is_new_round = [&] { return round_ != seen_round; };
    for (;;) {
      look_for(is_new_round);
      std::unique_lock<std::mutex> lock(mutex_);
      work_is_there_.wait(lock, is_new_round);
      if (is_stopping_) return;
      seen_round = round_;
      if (!is_open_) continue;  // the others were faster
      ++busy_workers_;
      lock.unlock();
      take_tasks();
      lock.lock();
      if (--busy_workers_ == 0) workers_are_idle_.notify_one();
    }
  }

  std::mutex turn_;   // one run() at a time
  std::mutex mutex_;  // everything below is written under it, except next_
  std::condition_variable work_is_there_;
  std::condition_variable workers_are_idle_;
  const std::function<void(Index)>* task_ = nullptr;
  Index num_tasks_ = 0;
  std::atomic<Index> next_{0};
  bool is_open_ = false;              // tasks are there to be taken
  std::atomic<int> busy_workers_{0};  // that take tasks
  std::atomic<std::size_t> round_{0};
  bool is_stopping_ = false;
  std::exception_ptr first_exception_;
  std::vector<std::thread> workers_;
};

/// Calls body(begin, end) for consecutive parts of 0 <= i < count that together cover it once.
///
/// Parts hold at least `grain` elements (the last may be shorter); their bounds depend on count,
/// grain and executor.concurrency() only. A body whose result for i does not depend on the part
/// that i is in gives the same bits on any number of threads. Throws ValueError unless grain >= 1
/// and the executor has a concurrency >= 1; rethrows what body throws.
template <class Body>
void parallel_for(Executor& executor, Index count, Index grain, Body&& body) {
  check<ValueError>(grain >= 1, "parallel_for: grain must be >= 1", "grain", grain);
  check<ValueError>(executor.concurrency() >= 1,
                    "parallel_for: concurrency of the executor must be >= 1", "concurrency",
                    executor.concurrency());
  if (count <= 0) return;
  if (grain >= count || executor.concurrency() == 1) {
    body(Index{0}, count);
    return;
  }
  // Four parts a thread even out parts of different cost.
  const Index wanted = 4 * static_cast<Index>(executor.concurrency());
  const Index part = std::max(grain, (count - 1) / wanted + 1);
  const Index num_parts = (count - 1) / part + 1;
  executor.run(num_parts, [&](Index i) { body(i * part, std::min(count, (i + 1) * part)); });
}

/// The same where an executor is a caller's option: without one, body(0, count) on this thread.
template <class Body>
void parallel_for(Executor* executor, Index count, Index grain, Body&& body) {
  SerialExecutor serial;
  parallel_for(executor ? *executor : serial, count, grain, std::forward<Body>(body));
}

}  // namespace eigenhead
