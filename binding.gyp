{
  "variables": {
    "ei_directory%": "<!(node scripts/find-ei.mjs)"
  },
  "targets": [
    {
      "target_name": "hidden_node",
      "sources": ["<!@(node -p \"fs.readFileSync('native/sources.txt','utf8').trim().split('\\n').map(f=>'native/'+f).join(' ')\")"],
      "include_dirs": ["<!(node scripts/find-node-addon-api.mjs)", "<(ei_directory)/include"],
      "defines": ["NAPI_VERSION=8", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_REENTRANT"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": ["-std=c++17", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"],
      "ldflags": ["-Wl,--exclude-libs,ALL"],
      "libraries": ["<(ei_directory)/lib/libei.a", "-lpthread"],
      "conditions": [
        ["OS=='win'", {
          "actions": [{
            "action_name": "refuse",
            "inputs": [],
            "outputs": ["refused"],
            "action": ["node", "-e", "console.error('hidden-node does not run on Windows: run it on Linux, macOS or WSL'); process.exit(1)"]
          }]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "OTHER_CPLUSPLUSFLAGS": ["-Wall", "-Wextra", "-Werror"]
          }
        }]
      ]
    }
  ]
}
