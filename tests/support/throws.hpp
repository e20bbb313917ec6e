#pragma once

#include <gtest/gtest.h>

#include <string>

/// The statement throws exactly `Exception`, and its text is `message`.
#define EXPECT_THROW_WITH(statement, Exception, message)              \
  EXPECT_THROW(                                                       \
      {                                                               \
        try {                                                         \
          statement;                                                  \
        } catch (const Exception& error) {                            \
          EXPECT_EQ(std::string(error.what()), std::string(message)); \
          throw;                                                      \
        }                                                             \
      },                                                              \
      Exception)
