{
  "variables": {
    "ei_directory%": "<!(node ../../../scripts/find-ei.mjs)"
  },
  "targets": [
    {
      "target_name": "ei_codec",
      "sources": ["codec.cc", "encoder.cc", "decoder.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "<(ei_directory)/include"],
      "defines": ["NAPI_VERSION=8", "_REENTRANT"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": ["-std=c++17", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"],
      "ldflags": ["-Wl,--exclude-libs,ALL"],
      "libraries": ["<(ei_directory)/lib/libei.a", "-lpthread"],
      "conditions": [
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0"
          }
        }]
      ]
    }
  ]
}
