// In the place of a native module that matrix-bot-sdk loads and that downloads its binary. Nothing here encrypts.
