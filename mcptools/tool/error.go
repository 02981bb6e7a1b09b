package tool

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the stable name of a tool's error.
type Code string

// The error codes. They are part of the interface: their meaning never changes.
const (
	// CodeBadArgument: an argument is missing, unknown, of the wrong type or out of range.
	CodeBadArgument Code = "bad_argument"
	// CodeFlowNotFound: there is no flow with that number.
	CodeFlowNotFound Code = "flow_not_found"
	// CodeUnknownHost: the capture has no flow of that host.
	CodeUnknownHost Code = "unknown_host"
	// CodeSeveralHosts: the capture has several APIs, and the call does not choose one.
	CodeSeveralHosts Code = "several_hosts"
	// CodeNothingCaptured: the capture is empty.
	CodeNothingCaptured Code = "nothing_captured"
	// CodeUnknownOperation: the document has no such operation.
	CodeUnknownOperation Code = "unknown_operation"
	// CodeUnknownTool: the server has no such tool.
	CodeUnknownTool Code = "unknown_tool"
	// CodeBadCursor: the cursor is not from this tool with these arguments.
	CodeBadCursor Code = "bad_cursor"
	// CodeNoBody: the flow has no such body, or the body cannot be read as requested.
	CodeNoBody Code = "no_body"
	// CodeUnreadable: a record in the capture cannot be decoded.
	CodeUnreadable Code = "unreadable"
	// CodeConfirm: nothing was done; the call is held until it is confirmed.
	CodeConfirm Code = "confirmation_required"
	// CodeRefused: nothing was done; the call is not allowed.
	CodeRefused Code = "refused"
	// CodeFailed: the tool tried and failed for a reason outside of this program.
	CodeFailed Code = "failed"
	// CodeNotReady: the result is being computed and will be available soon.
	CodeNotReady Code = "not_ready"
	// CodeCancelled: the caller cancelled the call.
	CodeCancelled Code = "cancelled"
	// CodeInternal: a defect of this program.
	CodeInternal Code = "internal"
)

// Error is the error of a tool, as its caller gets it.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Argument names the wrong argument.
	Argument string `json:"argument,omitempty"`
	// Hint says what to do next.
	Hint string `json:"hint,omitempty"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Errorf returns an error with a code and a hint, which may be "".
func Errorf(code Code, hint, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// BadArgument returns an error about an argument. The text continues "argument NAME: ".
func BadArgument(name, format string, args ...any) *Error {
	message := "argument " + name + ": " + fmt.Sprintf(format, args...)
	return &Error{Code: CodeBadArgument, Argument: name, Message: message}
}

// Blame returns err for a call that passed the argument from under the name to. Errors about other
// arguments stay as they are.
func Blame(err error, from, to string) error {
	var e *Error
	if !errors.As(err, &e) || e.Argument != from {
		return err
	}
	out := *e
	out.Argument = to
	out.Message = strings.Replace(e.Message, "argument "+from+":", "argument "+to+":", 1)
	return &out
}
