#pragma once

// Coefficients of the vector functions, the same for every kernel set, so that an element has the
// same bits under AVX2 and AVX-512. All are minimax fits of ours (Remez exchange and iteratively
// reweighted least squares in 50 digits), rounded to float; stated errors are of the exact fit.

namespace eigenhead::detail {

// Adding 1.5 * 2^23 rounds to an integer that stands in the low bits of the sum. The 254 on top
// are twice the exponent bias of float.
inline constexpr float kRoundingShift = 12582912.0f + 254.0f;
inline constexpr float kLog2E = 1.44269504088896341f;
// ln 2 = high + low. With a fused multiply-add x - n * high is exact: both are multiples of 2^-24.
inline constexpr float kLn2High = 0.693147182464599609375f;
inline constexpr float kLn2Low = -1.904654299957768e-9f;

// Below, exp rounds to 0; above, to infinity.
inline constexpr float kExpLowest = -104.0f;
inline constexpr float kExpHighest = 89.0f;

// (e^r - 1) / r for |r| <= ln(2) / 2; 1 + r * q is e^r up to 2.0e-9 relative.
inline constexpr float kExpPolynomial[] = {1.0f,
                                           0.49999994205533904f,
                                           0.16666431169666138f,
                                           0.04166800258971505f,
                                           0.008374163400474569f,
                                           0.0013843643097837522f};

// From here on tanh is 1 in float.
inline constexpr float kTanhSaturation = 9.02f;

// erf(x) = x * N(x^2) / D(x^2) up to 2.1e-8 relative for |x| <= 3.95. From 3.92 on it is 1 in
// float; the argument is held at a number whose quotient is exactly 1. All coefficients are
// positive: nothing cancels.
inline constexpr float kErfSaturation = 3.949f;
inline constexpr float kErfNumerator[] = {1.128379143805774f,     0.1915502295675029f,
                                          0.05287541167107689f,   0.003808151197082887f,
                                          0.0002846862885417489f, 2.025892951399605e-06f};
inline constexpr float kErfDenominator[] = {1.0f,
                                            0.5030896471049056f,
                                            0.11455956791265275f,
                                            0.015055070508717827f,
                                            0.0011707209673346005f,
                                            3.7831569336976744e-05f};

// The tail of the normal distribution, Phi(-a) = exp(-a^2 / 2) * N(a) / D(a), up to 6.0e-9 relative
// for 0 <= a <= 14.6, from where on it is 0 in float. The quotient is Mills' ratio / sqrt(2 pi), a
// smooth function; all coefficients are positive.
inline constexpr float kNormalTailHighest = 14.6f;
inline constexpr float kNormalTailNumerator[] = {0.5000000029827621f, 0.43849666182460445f,
                                                 0.18338470007468494f, 0.0406836801356138f,
                                                 0.004123807348007186f};
inline constexpr float kNormalTailDenominator[] = {1.0f,
                                                   1.674878309638444f,
                                                   1.203124102942911f,
                                                   0.4698654919765032f,
                                                   0.10198524126462397f,
                                                   0.010336734045150878f};

// gelu_tanh: sqrt(2 / pi) and the cubic coefficient; the argument of sigmoid is twice that of tanh.
inline constexpr float kGeluTwiceSqrt2OverPi = 1.5957691216057308f;
inline constexpr float kGeluTwiceCubic = 0.0713548162726f;  // 2 * sqrt(2 / pi) * 0.044715

inline constexpr float kQuickGelu = 1.702f;

// The exponential of double, built in the same way. The quotient is of degree 10; 3.4e-18 relative.
inline constexpr double kRoundingShiftDouble = 6755399441055744.0 + 2046.0;
inline constexpr double kLog2EDouble = 1.44269504088896340736;
inline constexpr double kLn2HighDouble = 0.693147180559945286226764;
inline constexpr double kLn2LowDouble = 2.319046813846299558417771e-17;
inline constexpr double kExpLowestDouble = -746.0;
inline constexpr double kExpHighestDouble = 710.0;
inline constexpr double kExpPolynomialDouble[] = {1.0,
                                                  0.5000000000000012,
                                                  0.16666666666666216,
                                                  0.04166666666651771,
                                                  0.00833333333354987,
                                                  0.0013888888946387012,
                                                  0.0001984126943654199,
                                                  2.480149059803115e-05,
                                                  2.7557626832752893e-06,
                                                  2.7631048709570703e-07,
                                                  2.4991416259503508e-08};

}  // namespace eigenhead::detail
