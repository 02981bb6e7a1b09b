package childenv

import _ "embed"

// nodeHook makes releases of Node.js use the proxy that have no variable for it.
//
//go:embed node.cjs
var nodeHook []byte
