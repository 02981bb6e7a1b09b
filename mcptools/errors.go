package mcptools

import (
	"context"
	"errors"
	"fmt"

	"github.com/spectap/spectap/store"
)

// Code is the stable name of an error that a tool answers with.
type Code string

// The codes of errors. They are part of the interface: their meaning never changes.
const (
	// CodeBadArgument: an argument is missing, unknown, of the wrong type or out of range.
	CodeBadArgument Code = "bad_argument"
	// CodeFlowNotFound: there is no flow of that number.
	CodeFlowNotFound Code = "flow_not_found"
	// CodeUnknownHost: nothing was captured of that host.
	CodeUnknownHost Code = "unknown_host"
	// CodeNothingCaptured: the capture is empty.
	CodeNothingCaptured Code = "nothing_captured"
	// CodeUnknownOperation: the document has no such operation.
	CodeUnknownOperation Code = "unknown_operation"
	// CodeBadCursor: a cursor is not one that this tool gave for these arguments.
	CodeBadCursor Code = "bad_cursor"
	// CodeNoBody: the flow has no such body, or none that can be read that way.
	CodeNoBody Code = "no_body"
	// CodeUnreadable: something in the capture cannot be decoded.
	CodeUnreadable Code = "unreadable"
	// CodeConfirm: nothing was done, the call is held until somebody agrees.
	CodeConfirm Code = "confirmation_required"
	// CodeRefused: nothing was done, and it is not allowed.
	CodeRefused Code = "refused"
	// CodeFailed: it was tried and did not work, for a reason outside of this program.
	CodeFailed Code = "failed"
	// CodeNotReady: what is asked for is being worked out, and will be there soon.
	CodeNotReady Code = "not_ready"
	// CodeCancelled: the caller gave up.
	CodeCancelled Code = "cancelled"
	// CodeInternal: a defect of this program.
	CodeInternal Code = "internal"
)

// toolError is an error as a tool answers it.
type toolError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Argument names the argument that is at fault.
	Argument string `json:"argument,omitempty"`
	// Hint says what to do next.
	Hint string `json:"hint,omitempty"`
}

func (e *toolError) Error() string { return e.Message }

func errorf(code Code, hint, format string, args ...any) *toolError {
	return &toolError{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func badArgument(name, format string, args ...any) *toolError {
	return &toolError{Code: CodeBadArgument, Argument: name, Message: "argument " + name + ": " + fmt.Sprintf(format, args...)}
}

// asToolError finds the code of an error. Texts of unknown errors stay in the log: they may quote traffic.
func asToolError(err error) *toolError {
	var te *toolError
	var wait *NotReady
	switch {
	case errors.As(err, &te):
		return te
	case errors.As(err, &wait):
		return errorf(CodeNotReady, "call again in a moment, or with max_ms 10000 to wait for it", "%s: %d flows were read so far", wait.Error(), wait.Read)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errorf(CodeCancelled, "", "the call was cancelled")
	case errors.Is(err, store.ErrNotFound):
		return errorf(CodeFlowNotFound, "get_traffic_summary lists the flows there are", "no such flow")
	case errors.Is(err, store.ErrCorrupt):
		return errorf(CodeUnreadable, "", "a record of the capture is corrupt")
	}
	return errorf(CodeInternal, "the server's log says more", "the tool could not do its work")
}
