#pragma once

#include "eigenhead/io/dtype.hpp"
#include "eigenhead/io/json.hpp"
#include "eigenhead/io/mapped_file.hpp"
#include "eigenhead/io/model_folder.hpp"
#include "eigenhead/io/npy.hpp"
#include "eigenhead/io/safetensors.hpp"
#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/io/sharded_safetensors.hpp"
