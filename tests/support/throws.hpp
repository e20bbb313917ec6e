#pragma once

#include <gtest/gtest.h>

#include <string>
#include <typeinfo>

/// The statement throws exactly `Exception`, and its text is `message`.
#define EXPECT_THROW_WITH(statement, Exception, message)                           \
  EXPECT_THROW(                                                                    \
      {                                                                            \
        try {                                                                      \
          statement;                                                               \
        } catch (const Exception& error) {                                         \
          EXPECT_TRUE(typeid(error) == typeid(Exception)) << typeid(error).name(); \
          EXPECT_EQ(std::string(error.what()), std::string(message));              \
          throw;                                                                   \
        }                                                                          \
      },                                                                           \
      Exception)
