package front

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// errDefect answers what a panic ended. The text of a panic may quote what it failed on, which may
// be a secret.
var errDefect = errors.New("the call failed because of a defect: the server's log has the place")

// logPanic logs where a panic was. Its text is logged only if it comes from the runtime.
func logPanic(log *slog.Logger, v any) {
	text := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		text = e.Error()
	}
	log.Error("panic in an MCP call", "panic", text, "stack", string(debug.Stack()))
}
