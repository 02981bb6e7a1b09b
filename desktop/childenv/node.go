package childenv

import _ "embed"

// nodeHook is a script that makes older releases of Node.js use the proxy.
//
//go:embed node.cjs
var nodeHook []byte
